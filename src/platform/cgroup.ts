import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from '../domain/ids.js';

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const write = (path: string, text: string): boolean => {
  try {
    writeFileSync(path, text);
    return true;
  } catch {
    return false;
  }
};

/** Where the version 2 hierarchy is mounted (cgroups(7); proc_pid_mountinfo(5)), or null. */
const mountPoint = (): string | null => {
  for (const line of read('/proc/self/mountinfo')?.split('\n') ?? []) {
    const [mount, kind] = line.split(' - ');
    if (kind?.startsWith('cgroup2 ')) return mount?.split(' ')[4] ?? null;
  }
  return null;
};

const ownPath = (): string | null =>
  /^0::(.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? null;

/** Pids in a cgroup; none when it is not there. */
export const cgroupProcs = (dir: string): readonly number[] =>
  (read(join(dir, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number);

/** Kills everything in a cgroup in one stroke; false where the kernel cannot (before 5.14). */
export const killCgroup = (dir: string): boolean => write(join(dir, 'cgroup.kill'), '1');

/**
 * A daemon that was started from inside a managed program sits in that slot's cgroup and would be
 * killed with it: it moves itself out, as far as it may.
 */
export const leaveForeignCgroup = (): void => {
  const [mount, own] = [mountPoint(), ownPath()];
  const outside = own === null ? null : /^(.*?)\/opm-[^/]+\/\d+(\/|$)/.exec(own)?.[1];
  if (mount !== null && outside !== null && outside !== undefined) {
    write(join(mount, outside, 'cgroup.procs'), String(process.pid));
  }
};

/** One cgroup a slot, below the daemon's own. */
export interface Cgroups {
  /** The slot's folder, made if it is not there; null when it cannot be made. */
  slot(process: ProcessId): string | null;
  /** The slot's folder whether it is there or not. */
  existing(process: ProcessId): string;
  remove(process: ProcessId): void;
}

/** Opens the cgroups of a home, or answers null where the daemon may not create any. */
export const openCgroups = (tag: string): Cgroups | null => {
  const [mount, own] = [mountPoint(), ownPath()];
  if (mount === null || own === null) return null;
  const base = join(mount, own, `opm-${tag}`);
  const make = (dir: string): boolean => {
    try {
      mkdirSync(dir, { recursive: true });
      return true;
    } catch {
      return false;
    }
  };
  if (!make(base)) return null;
  const existing = (process: ProcessId): string => join(base, String(process));
  return {
    existing,
    slot: (process) => (make(existing(process)) ? existing(process) : null),
    remove: (process) => {
      try {
        rmdirSync(existing(process));
      } catch {
        // Busy or gone: an empty cgroup costs nothing.
      }
    },
  };
};

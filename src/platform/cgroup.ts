import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from '../domain/ids.js';

/*
 * Control groups, version 2 (https://docs.kernel.org/admin-guide/cgroup-v2.html). They are a second witness
 * and a faster knife, never a condition: whatever is not permitted here answers null or false.
 */

/** The cgroups of one home: a folder a process, made when it is first needed. */
export interface Cgroups {
  /** `<own cgroup>/opm-<tag>`, absolute. */
  readonly base: string;
  /** The cgroup of this process, made if need be; null when that fails. */
  slot(process: ProcessId): string | null;
  /** The cgroup of this process if it was made. */
  existing(process: ProcessId): string | null;
  /** Removes it; false while anything lives in it. */
  remove(process: ProcessId): boolean;
  /** Removes the folder of the home, unless something lives in one of its cgroups. */
  close(): void;
}

const attempt = <T>(action: () => T): T | null => {
  try {
    return action();
  } catch {
    return null;
  }
};

const done = (action: () => void): boolean => {
  try {
    action();
    return true;
  } catch {
    return false;
  }
};

/** Where a cgroup2 file system is mounted, and which part of the hierarchy it shows there. */
export interface CgroupMount {
  readonly root: string;
  readonly dir: string;
}

/** proc_pid_mountinfo(5) writes space, tab, line feed and backslash as octal. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

/** The first cgroup2 mount in the text of /proc/PID/mountinfo: alone, or `unified` beside version 1. */
export const parseCgroupMount = (mountinfo: string): CgroupMount | null => {
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    if (!after?.startsWith('cgroup2 ')) continue;
    const fields = before!.split(' ');
    return { root: unescaped(fields[3]!), dir: unescaped(fields[4]!) };
  }
  return null;
};

/** The version 2 path in the text of /proc/PID/cgroup (cgroups(7)): the line that begins with `0::`. */
export const parseCgroupPath = (text: string): string | null =>
  /^0::(\/.*)$/m.exec(text)?.[1]?.replace(/ \(deleted\)$/, '') ?? null;

/** The folder of a cgroup path, or null when the mount does not show it (`/../…`: outside our namespace). */
export const cgroupDir = (mount: CgroupMount, path: string): string | null => {
  if (path.split('/').includes('..')) return null;
  const root = mount.root === '/' ? '' : mount.root;
  if (path !== root && !path.startsWith(`${root}/`)) return null;
  const inside = path.slice(root.length);
  return inside === '/' ? mount.dir : join(mount.dir, inside);
};

/** The cgroup of a process as a folder; null when it is gone, or there are no cgroups of version 2. */
export const cgroupOf = (pid: number | 'self'): string | null =>
  attempt(() => {
    const mount = parseCgroupMount(readFileSync('/proc/self/mountinfo', 'utf8'));
    const path = parseCgroupPath(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
    return mount && path ? cgroupDir(mount, path) : null;
  });

/** The slot that a folder lies in, and the cgroup in which its home made its own, outermost first. */
const slotIn = (dir: string): { readonly slot: string; readonly outside: string } | null => {
  const match = /^((.*?)\/opm-[^/]+\/\d+)(?:\/|$)/.exec(dir);
  return match ? { slot: match[1]!, outside: match[2]! } : null;
};

/**
 * The slot's cgroup in which a process is (`…/opm-<tag>/<process id>`), or null. An earlier daemon may have
 * made it elsewhere than the present one would.
 */
export const slotCgroupOf = (pid: number): string | null =>
  slotIn(cgroupOf(pid) ?? '')?.slot ?? null;

/**
 * Moves this process out of the slot it was started in, to where that slot's home made its cgroups. For a
 * daemon that was launched from inside a managed program: killing that program's cgroup would kill it. True
 * when it is in no slot afterwards.
 */
export const leaveForeignCgroup = (): boolean => {
  const found = slotIn(cgroupOf('self') ?? '');
  return !found || done(() => writeFileSync(join(found.outside, 'cgroup.procs'), '0'));
};

/** What the cgroups of a home are named after. */
export const cgroupTag = (home: string): string =>
  createHash('sha256').update(home).digest('hex').slice(0, 12);

/**
 * Opens the cgroups of the home with this tag, below the cgroup that this process is in; call
 * `leaveForeignCgroup` before. Null when there are none of version 2, or they may not be made or joined: for
 * joining, the kernel asks for write access to `cgroup.procs` of the common ancestor too.
 */
export const openCgroups = (homeTag: string): Cgroups | null => {
  const own = cgroupOf('self');
  if (own === null || slotIn(own)) return null;
  const base = join(own, `opm-${homeTag}`);
  const usable = done(() => {
    accessSync(join(own, 'cgroup.procs'), constants.W_OK);
    mkdirSync(base, { recursive: true });
    accessSync(join(base, 'cgroup.procs'), constants.W_OK);
  });
  if (!usable) return null;
  const dirOf = (process: ProcessId): string => join(base, String(process));
  return {
    base,
    slot: (process) => {
      const dir = dirOf(process);
      return done(() => mkdirSync(dir, { recursive: true })) ? dir : null;
    },
    existing: (process) => (existsSync(dirOf(process)) ? dirOf(process) : null),
    remove: (process) => removeCgroup(dirOf(process)),
    close: () => void removeCgroup(base),
  };
};

const childrenOf = (dir: string): readonly string[] =>
  (attempt(() => readdirSync(dir, { withFileTypes: true })) ?? [])
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(dir, entry.name));

const valueIn = (file: string, name: string): number | null =>
  attempt(() => {
    const match = new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'));
    return match ? Number(match[1]) : null;
  });

/** Whether a living process is in this cgroup or below it; null when that cannot be read. A zombie is none. */
export const isPopulated = (dir: string): boolean | null => {
  const populated = valueIn(join(dir, 'cgroup.events'), 'populated');
  return populated === null ? null : populated === 1;
};

/** Pids in this cgroup and below it; those that are not visible from here (0) are left out. */
export const cgroupProcs = (dir: string): readonly number[] => [
  ...(attempt(() => readFileSync(join(dir, 'cgroup.procs'), 'utf8')) ?? '')
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0),
  ...childrenOf(dir).flatMap(cgroupProcs),
];

/** SIGKILL to everything in this cgroup and below, forks included. False before Linux 5.14. */
export const killCgroup = (dir: string): boolean =>
  // Not created when missing: on an older kernel that would be a plain error, on a plain folder a stray file.
  done(() => writeFileSync(join(dir, 'cgroup.kill'), '1', { flag: 'r+' }));

/** Kills by the kernel for want of memory since this cgroup was made; null without the memory controller. */
export const oomKills = (dir: string): number | null =>
  valueIn(join(dir, 'memory.events'), 'oom_kill');

/** Removes an empty cgroup and what the program made below it. False while anything lives in it. */
export const removeCgroup = (dir: string): boolean => {
  for (const child of childrenOf(dir)) removeCgroup(child);
  return done(() => rmdirSync(dir)) || attempt(() => readdirSync(dir)) === null;
};

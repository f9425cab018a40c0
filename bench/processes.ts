import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cgroupTag, openCgroups } from '../src/platform/cgroup.js';
import { ticksToMs } from '../src/platform/kernel.js';
import {
  argvOf,
  childrenMap,
  descendants,
  environOf,
  isAlive,
  type ProcStat,
  readStat,
  scan,
} from '../src/platform/proc.js';
import { signalProcess } from '../src/platform/signals.js';

const SWEEP_MS = 20_000;

/** A manager's processes with its children, without the programs and what comes from them. */
export const managerProcesses = (
  roots: readonly number[],
  programs: ReadonlySet<number>,
): readonly ProcStat[] => {
  const table = scan();
  const below = descendants(childrenMap(table), roots, (stat) => programs.has(stat.pid));
  const own = roots.flatMap((pid) => table.get(pid) ?? []);
  return [...new Map([...own, ...below].map((stat) => [stat.pid, stat])).values()].filter(isAlive);
};

/** Pids of its children, those included that it has not waited for yet. */
export const childrenOf = (parent: number): readonly number[] =>
  [...scan().values()].filter(({ ppid }) => ppid === parent).map(({ pid }) => pid);

const fieldOf = (pid: number, file: string, name: string): number => {
  const text = textOf(`/proc/${pid}/${file}`);
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
};

const sum = (pids: readonly number[], value: (pid: number) => number): number =>
  pids.reduce((total, pid) => total + value(pid), 0);

/** Resident memory in MB; shared pages count for each process. */
export const rssMb = (pids: readonly number[]): number =>
  sum(pids, (pid) => fieldOf(pid, 'status', 'VmRSS')) / 1024;

/** Memory in MB, shared pages divided among those who share them. */
export const pssMb = (pids: readonly number[]): number =>
  sum(pids, (pid) => fieldOf(pid, 'smaps_rollup', 'Pss')) / 1024;

/** Bytes that went to the page cache of a disk, children that were waited for included. */
export const diskBytes = (pids: readonly number[]): number =>
  sum(pids, (pid) => fieldOf(pid, 'io', 'write_bytes'));

/** Bytes handed to write(2) of any kind, children that were waited for included. */
export const writtenBytes = (pids: readonly number[]): number =>
  sum(pids, (pid) => fieldOf(pid, 'io', 'wchar'));

/** Processor time in ms of these processes and their threads alone, exact to the nanosecond. */
export const ownCpuMs = (pids: readonly number[]): number =>
  sum(pids, (pid) =>
    sum(tasksOf(pid), (task) => {
      const text = textOf(`/proc/${pid}/task/${task}/schedstat`);
      return Number(text.split(' ')[0]) / 1e6;
    }),
  );

/** Processor time in ms of these processes and of all children that they waited for; exact to a tick. */
export const cpuMs = (pids: readonly number[]): number =>
  sum(pids, (pid) => {
    const stat = readStat(pid);
    return stat ? ticksToMs(stat.utimeTicks + stat.stimeTicks + stat.reapedTicks) : 0;
  });

const tasksOf = (pid: number): number[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Living processes that were started with this path in their arguments or environment. */
export const livingOf = (path: string): readonly ProcStat[] =>
  [...scan().values()].filter(
    (stat) =>
      stat.pid !== process.pid &&
      isAlive(stat) &&
      ((argvOf(stat.pid) ?? []).some((arg) => arg.includes(path)) ||
        (environOf(stat.pid) ?? '').includes(path)),
  );

/** Removes the cgroups that a daemon of this home made and, being killed, could not remove itself. */
export const removeCgroups = (home: string): void => openCgroups(cgroupTag(home))?.close();

/** Kills, by pid, whatever was started with this path in its arguments or environment, until nothing is left. */
export const sweep = async (path: string): Promise<void> => {
  const deadline = Date.now() + SWEEP_MS;
  for (let left = livingOf(path); left.length > 0; left = livingOf(path)) {
    if (Date.now() > deadline) throw new Error(`processes of ${path} do not end`);
    for (const stat of left) signalProcess(stat, 'SIGKILL');
    await pause(5);
  }
};

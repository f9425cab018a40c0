import type { OsProcess } from '../domain/os-process.js';
import { ticksToMs, uptimeMs } from './kernel.js';
import { childrenMap, descendants, livingStat, type ProcessTable, type ProcStat } from './proc.js';

/** A run as the list wants to know it; the launcher is null when it is gone. */
export interface UsageOf {
  readonly program: OsProcess;
  readonly launcher: OsProcess | null;
}

/** What a tree uses at one moment. */
export interface Usage {
  /** Processor time of all processes in it since they began, with that of children already ended. */
  readonly cpuMs: number;
  /** Resident memory of all of them; what they share counts for each. */
  readonly memoryBytes: number;
  /** When the program began and when this was measured, in ms since boot. */
  readonly startedUptimeMs: number;
  readonly sampledUptimeMs: number;
}

/** The program of a run, and all that is counted for it, the program included. */
export interface CountedTree {
  readonly program: ProcStat;
  readonly members: readonly ProcStat[];
}

/**
 * What is counted for each of many runs: all that comes from its launcher (that alone left out) or its program. A
 * run whose program is gone is left out. Within a run, another one of those asked for counts for itself only.
 */
export const countedTrees = <Key>(
  runs: ReadonlyMap<Key, UsageOf>,
  table: ProcessTable,
): ReadonlyMap<Key, CountedTree> => {
  const children = childrenMap(table);
  const launchers = new Set([...runs.values()].map((run) => run.launcher?.pid));
  const trees = new Map<Key, CountedTree>();
  for (const [key, run] of runs) {
    const program = livingStat(run.program, table);
    if (!program) continue;
    const launcher = run.launcher && livingStat(run.launcher, table);
    const roots = [program.pid, ...(launcher ? [launcher.pid] : [])];
    const below = descendants(children, roots, (stat) => launchers.has(stat.pid));
    const members = new Map([program, ...below].map((stat) => [stat.pid, stat]));
    trees.set(key, { program, members: [...members.values()] });
  }
  return trees;
};

/** Resident memory of these together. */
export const residentBytes = (members: readonly ProcStat[]): number =>
  members.reduce((sum, { rssBytes }) => sum + rssBytes, 0);

/** CPU and memory of many runs, each the sum over its counted tree, which was looked at just now. */
export const usagesOf = <Key>(trees: ReadonlyMap<Key, CountedTree>): ReadonlyMap<Key, Usage> => {
  const sampledUptimeMs = uptimeMs();
  const usages = new Map<Key, Usage>();
  for (const [key, { program, members }] of trees) {
    let ticks = 0;
    for (const stat of members) ticks += stat.utimeTicks + stat.stimeTicks + stat.reapedTicks;
    usages.set(key, {
      cpuMs: ticksToMs(ticks),
      memoryBytes: residentBytes(members),
      startedUptimeMs: ticksToMs(program.startTicks),
      sampledUptimeMs,
    });
  }
  return usages;
};

/**
 * Share of one processor, in percent (two busy processors are 200), since the earlier sample of the same run;
 * without one since its program began. Never negative: processor time leaves the sum with a process that
 * nobody waits for.
 */
export const cpuPercent = (current: Usage, earlier: Usage | null): number => {
  const elapsedMs = current.sampledUptimeMs - (earlier?.sampledUptimeMs ?? current.startedUptimeMs);
  const usedMs = current.cpuMs - (earlier?.cpuMs ?? 0);
  return elapsedMs > 0 ? Math.max(0, (100 * usedMs) / elapsedMs) : 0;
};

import type { OsProcess } from '../domain/event.js';
import { ticksToMs, uptimeMs } from './kernel.js';
import { childrenMap, descendants, livingStat, type ProcessTable, scan } from './proc.js';

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

/**
 * CPU and memory of many runs, each the sum over all that comes from its launcher (that alone left out) or its
 * program, from one pass over /proc. A run whose program is gone is left out. Within a run, another one of
 * those asked for counts for itself only.
 */
export const usageOf = <Key>(
  runs: ReadonlyMap<Key, UsageOf>,
  table: ProcessTable = scan(),
): ReadonlyMap<Key, Usage> => {
  const sampledUptimeMs = uptimeMs();
  const children = childrenMap(table);
  const launchers = new Set([...runs.values()].map((run) => run.launcher?.pid));
  const usages = new Map<Key, Usage>();
  for (const [key, run] of runs) {
    const program = livingStat(run.program, table);
    if (!program) continue;
    const launcher = run.launcher && livingStat(run.launcher, table);
    const root = launcher ?? program;
    const below = descendants(children, [root.pid], (stat) => launchers.has(stat.pid));
    const tree = new Map([program, ...below].map((stat) => [stat.pid, stat]));
    let ticks = 0;
    let memoryBytes = 0;
    for (const stat of tree.values()) {
      ticks += stat.utimeTicks + stat.stimeTicks + stat.reapedTicks;
      memoryBytes += stat.rssBytes;
    }
    usages.set(key, {
      cpuMs: ticksToMs(ticks),
      memoryBytes,
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

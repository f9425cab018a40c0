import type { OsProcess } from '../domain/event.js';
import { startedAtMs, ticksToMs } from './kernel.js';
import { childrenMap, descendants, livingStat, scan } from './proc.js';

/** What a program and everything below it used so far. */
export interface Usage {
  readonly cpuMs: number;
  readonly memoryBytes: number;
  /** Epoch ms of the sample. */
  readonly at: number;
}

/** Usage of many programs with their trees, from one pass over /proc. Those that are gone are left out. */
export const sampleUsage = <Key>(
  programs: ReadonlyMap<Key, OsProcess>,
): ReadonlyMap<Key, Usage> => {
  const table = scan();
  const children = childrenMap(table);
  const at = Date.now();
  const samples = new Map<Key, Usage>();
  for (const [key, program] of programs) {
    const root = livingStat(program, table);
    if (!root) continue;
    const tree = [root, ...descendants(children, [root.pid])];
    const ticks = tree.reduce((sum, stat) => sum + stat.utimeTicks + stat.stimeTicks, 0);
    const memoryBytes = tree.reduce((sum, stat) => sum + stat.rssBytes, 0);
    samples.set(key, { cpuMs: ticksToMs(ticks), memoryBytes, at });
  }
  return samples;
};

/** Percent of one core between two samples, or since the program started when there is no earlier one. */
export const cpuPercent = (program: OsProcess, now: Usage, before: Usage | undefined): number => {
  const since = before && before.at < now.at ? before.at : startedAtMs(program.startTicks);
  const used = before && before.at < now.at ? now.cpuMs - before.cpuMs : now.cpuMs;
  const span = now.at - since;
  return span > 0 ? Math.max(0, Math.round((used / span) * 1000) / 10) : 0;
};

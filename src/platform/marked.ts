import type { SpawnKey } from '../domain/ids.js';
import type { OsProcess } from '../domain/os-process.js';
import { type Census, takeCensus } from './census.js';
import { sameMark } from './marker.js';
import { identityOf, type ProcStat, parentOf } from './proc.js';

/** The living processes that carry one spawn key. */
export interface MarkedRun {
  /** Launchers by the look of them; where the run file holds a claim, that one is the truth. */
  readonly launchers: readonly OsProcess[];
  /** The program and whatever it started. */
  readonly programs: readonly OsProcess[];
}

/** `comm` of the compiled launcher, and file name of the one for the shell. */
const LAUNCHER_COMM = 'opm-launcher';
const LAUNCHER_SCRIPT = 'launcher.sh';

/** In `sh launcher.sh` as in `busybox sh launcher.sh` the script is one of the first three words. */
const looksLikeLauncher = (stat: ProcStat, { argv }: Census): boolean =>
  stat.comm === LAUNCHER_COMM ||
  (argv(stat.pid) ?? [])
    .slice(0, 3)
    .some((word) => word === LAUNCHER_SCRIPT || word.endsWith(`/${LAUNCHER_SCRIPT}`));

/**
 * Whether a marked process is the launcher of its run. A child that the launcher forked looks like it until it
 * becomes the program, so a launcher's child is none.
 */
export const isLauncher = (stat: ProcStat, census: Census): boolean => {
  const { table, marks } = census;
  if (!looksLikeLauncher(stat, census)) return false;
  const parent = parentOf(stat, table);
  const forked = parent !== undefined && sameMark(marks.get(parent.pid), marks.get(stat.pid));
  return !(forked && looksLikeLauncher(parent, census));
};

/**
 * All living processes that were started with this home's mark, by spawn key; with a prefix (`7-` for every
 * run of process 7) only keys that start so. It misses what was given another environment or wrote over its
 * own, and what belongs to another user: those are known by their launcher, session or cgroup (tree.ts).
 */
export const findMarked = (
  home: string,
  keyPrefix = '',
  census: Census = takeCensus(),
): ReadonlyMap<SpawnKey, MarkedRun> => {
  const runs = new Map<SpawnKey, { launchers: OsProcess[]; programs: OsProcess[] }>();
  for (const [pid, mark] of census.marks) {
    if (mark.home !== home || !mark.key.startsWith(keyPrefix)) continue;
    const stat = census.table.get(pid)!;
    const run = runs.get(mark.key) ?? { launchers: [], programs: [] };
    runs.set(mark.key, run);
    (isLauncher(stat, census) ? run.launchers : run.programs).push(identityOf(stat));
  }
  return runs;
};

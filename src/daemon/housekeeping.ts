import type { Epoch, SpawnKey } from '../domain/ids.js';
import { openRun } from '../domain/state.js';
import type { HomePaths } from '../platform/paths.js';
import { sweepEpochs, sweepRuns } from '../platform/run-sweep.js';
import type { Journal } from './journal.js';
import type { Loop } from './loop.js';

/** Runs that are requested between two sweeps: so many files of closed runs are kept at most. */
const SWEEP_EVERY = 1000;

/**
 * Keeps the folder of run files small: sweeps it now, and whenever enough runs have begun. Nothing is done while
 * nothing happens.
 */
export const keepHouse = (
  paths: HomePaths,
  epoch: Epoch,
  loop: Pick<Loop, 'state' | 'recorded$'>,
  journal: Pick<Journal, 'error'>,
): { close(): void } => {
  const sweep = (): void => {
    const runs = [...loop.state.processes.values()].map(openRun);
    const open = new Set<SpawnKey>(runs.flatMap((run) => run?.key ?? []));
    try {
      sweepRuns(paths, epoch, (key) => open.has(key));
    } catch (error) {
      journal.error('run files are not swept', { error });
    }
  };
  sweep();
  void sweepEpochs(paths, epoch);
  let begun = 0;
  const subscription = loop.recorded$.subscribe((events) => {
    begun += events.filter(({ type }) => type === 'SpawnRequested').length;
    if (begun < SWEEP_EVERY) return;
    begun = 0;
    sweep();
  });
  return { close: () => subscription.unsubscribe() };
};

import { firstValueFrom, type SchedulerLike, timer } from 'rxjs';
import type { Os } from '../platform/os.js';
import type { Delivery } from '../platform/signals.js';
import { membersOf, type RunTree } from '../platform/tree.js';
import type { RunTarget } from './effect.js';

/** The longest pause between two strokes at a tree that is not empty yet: it may hang in the kernel. */
const MAX_STROKE_MS = 2000;

/** A run's tree with how it is ended: whether the run owns all of it (`treekill`), and the first pause between two strokes. */
export interface OwnedTree {
  readonly tree: RunTree;
  readonly whole: boolean;
  readonly strokeMs: number;
}

/**
 * Asks everything of a run to end: its program's group in one signal, then what has left that group.
 * `gone` when there was nothing to signal.
 */
export const terminate = (run: RunTarget, owned: OwnedTree, signal: string, os: Os): Delivery => {
  const program = run.started?.program;
  if (!program) return 'gone';
  if (!owned.whole) return os.signal(program, signal);
  const census = os.census();
  const elsewhere = membersOf(owned.tree, census).filter(
    ({ pid }) => census.table.get(pid)?.pgrp !== program.pid,
  );
  const result = os.signalGroup(program, signal);
  const reached = elsewhere.filter((member) => os.signal(member, signal) === 'sent').length > 0;
  return result === 'gone' && reached ? 'sent' : result;
};

/** Has the launcher ask its program to shut down; whether there is one to do so. The deadline is the same. */
export const askByMessage = ({ started }: RunTarget, os: Os): boolean =>
  started?.launcher ? os.signal(started.launcher, 'SIGUSR2') === 'sent' : false;

/**
 * Kills until nothing of the run is alive; the kernel has the last word, so it looks again each time. Of a run
 * that does not own its tree only the program ends, unless nobody wrote down which one that is.
 */
export const killUntilEmpty = async (
  { tree, whole, strokeMs }: OwnedTree,
  os: Os,
  scheduler: SchedulerLike,
): Promise<void> => {
  const { program } = tree;
  const strike = (): boolean =>
    whole || !program ? os.killTree(tree) > 0 : os.signal(program, 'SIGKILL') === 'sent';
  let wait = strokeMs;
  while (strike()) {
    await firstValueFrom(timer(wait, scheduler));
    wait = Math.min(wait * 2, MAX_STROKE_MS);
  }
};

/** Whether a launcher is there to write the record of this run's end. */
export const hasLauncher = (run: RunTarget, os: Os): boolean =>
  run.started?.launcher ? os.isAlive(run.started.launcher) : false;

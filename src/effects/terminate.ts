import { setTimeout as pause } from 'node:timers/promises';
import { takeCensus } from '../platform/census.js';
import { isSame } from '../platform/proc.js';
import { type Delivery, signalGroup, signalProcess } from '../platform/signals.js';
import { killTree, membersOf, type RunTree, signalTree } from '../platform/tree.js';
import type { RunTarget } from './effect.js';

/** Pause between two strokes at a tree that is not empty yet: it may fork, or hang in the kernel. */
const STROKE_MS = 50;
const MAX_STROKE_MS = 2000;

/** A run's tree with whether the run owns all of it (`treekill`). */
export interface OwnedTree {
  readonly tree: RunTree;
  readonly whole: boolean;
}

/**
 * Asks everything of a run to end: its program's group in one signal, then what has left that group.
 * `gone` when there was nothing to signal.
 */
export const terminate = (run: RunTarget, owned: OwnedTree, signal: string): Delivery => {
  const program = run.started?.program;
  if (!program) return 'gone';
  if (!owned.whole) return signalProcess(program, signal);
  const census = takeCensus();
  const elsewhere = membersOf(owned.tree, census).filter(
    ({ pid }) => census.table.get(pid)?.pgrp !== program.pid,
  );
  const result = signalGroup(program, signal);
  const reached = signalTree(elsewhere, signal).includes('sent');
  return result === 'gone' && reached ? 'sent' : result;
};

/** Kills until nothing of the run is alive; the kernel has the last word, so it looks again each time. */
export const killUntilEmpty = async ({ tree, whole }: OwnedTree): Promise<void> => {
  if (!whole) {
    if (tree.program) signalProcess(tree.program, 'SIGKILL');
    return;
  }
  let wait = STROKE_MS;
  while (killTree(tree) > 0) {
    await pause(wait);
    wait = Math.min(wait * 2, MAX_STROKE_MS);
  }
};

/** Whether a launcher is there to write the record of this run's end. */
export const hasLauncher = (run: RunTarget): boolean =>
  run.started?.launcher ? isSame(run.started.launcher) : false;

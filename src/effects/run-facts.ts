import type { SpawnKey } from '../domain/ids.js';
import type { RunFact } from '../domain/report.js';
import { exitRecordOf, type RunFile } from '../platform/run-file.js';

/**
 * What a run file says, as facts in the order in which they happened. Reading it twice gives the same
 * facts; the decision ignores what it knows.
 */
export const factsOf = (spawnKey: SpawnKey, file: RunFile): RunFact[] => {
  const facts: RunFact[] = [];
  const { claim, start, fail } = file;
  if (claim && start) {
    const { launcher } = claim;
    facts.push({
      kind: 'started',
      spawnKey,
      program: start.program,
      launcher,
      startedAt: start.at,
      outputFrom: file.outputFrom,
    });
  }
  if (file.ready) facts.push({ kind: 'ready', spawnKey, readyAt: file.ready.at });
  if (!file.empty) return facts;
  const exit = exitRecordOf(file);
  if (exit) facts.push({ kind: 'ended', spawnKey, exit, outputTo: file.outputTo });
  else if (fail)
    facts.push({
      kind: 'failed',
      spawnKey,
      stage: fail.stage,
      error: fail.error,
    });
  return facts;
};

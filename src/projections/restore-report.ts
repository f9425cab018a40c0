import type { EventData, Recorded, RestoreResult } from '../domain/event.js';
import type { RunKey } from '../domain/ids.js';

/** What one restore run came to. Times in epoch ms. */
export interface RestoreReport {
  readonly runKey: RunKey;
  readonly requestedAt: number;
  /** Null while it is open. */
  readonly completedAt: number | null;
  readonly outcome: EventData['RestoreCompleted']['outcome'] | 'open';
  readonly results: readonly RestoreResult[];
}

const completed = (
  report: RestoreReport | null,
  { at, data }: Extract<Recorded, { type: 'RestoreCompleted' }>,
): RestoreReport | null =>
  report && {
    ...report,
    completedAt: at,
    outcome: data.outcome,
    results: data.results,
  };

/** Folds the events of one restore run into its report; null when there is no such run. */
export const restoreReport = (events: Iterable<Recorded>): RestoreReport | null => {
  let report: RestoreReport | null = null;
  for (const event of events) {
    if (event.type === 'RestoreRequested') {
      const { runKey } = event.data;
      report = {
        runKey,
        requestedAt: event.at,
        completedAt: null,
        outcome: 'open',
        results: [],
      };
    } else if (event.type === 'RestoreCompleted') report = completed(report, event);
  }
  return report;
};

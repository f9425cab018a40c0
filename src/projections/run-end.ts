import type { Recorded } from '../domain/event.js';
import type { SpawnKey } from '../domain/ids.js';
import type { Mark, RunEnd } from './run-record.js';

/** What happens to one run. */
export type RunEvent = Extract<Recorded, { data: { spawnKey: SpawnKey } }>;

/** What may close one. */
export type ClosingEvent = Extract<
  RunEvent,
  {
    type:
      | 'ProcessExited'
      | 'SpawnFailed'
      | 'ProcessLost'
      | 'SpawnAbandoned'
      | 'DuplicateSuppressed';
  }
>;

/** How an event closes its run; null when it does not. `seenUntil` counts for a run that was lost. */
export const endOf = (event: ClosingEvent, mark: Mark, seenUntil: number): RunEnd | null => {
  switch (event.type) {
    case 'ProcessExited':
      return { ...mark, kind: 'exited', exit: event.data.exit };
    case 'SpawnFailed':
      return { ...mark, kind: 'failed', stage: event.data.stage, error: event.data.error };
    case 'ProcessLost':
      return { ...mark, kind: 'lost', reason: event.data.reason, seenUntil };
    case 'SpawnAbandoned':
      return { ...mark, kind: 'abandoned' };
    case 'DuplicateSuppressed':
      return event.data.why === 'slot-taken' ? { ...mark, kind: 'refused' } : null;
  }
};

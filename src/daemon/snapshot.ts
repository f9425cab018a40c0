import type { Recorded } from '../domain/event.js';
import { apply, draftOf } from '../domain/evolve.js';
import type { Seq } from '../domain/ids.js';
import { initialState, type State } from '../domain/state.js';
import type { EventLog } from '../log/event-log.js';

/** Changes whenever `State` does: a snapshot of another shape is passed over and the log is replayed. */
const SHAPE = 'state-4';

const toPlain = (state: State): unknown => ({
  ...state,
  apps: [...state.apps],
  processes: [...state.processes],
  labels: [...state.labels],
});

const fromPlain = (plain: unknown): State => {
  const { apps, processes, labels, ...rest } = plain as State & {
    apps: Iterable<never>;
    processes: Iterable<never>;
    labels: Iterable<never>;
  };
  return {
    ...rest,
    apps: new Map(apps),
    processes: new Map(processes),
    labels: new Map(labels),
  };
};

/** The state up to and with a seq: the newest snapshot before it and the rest of the log. */
export const stateAt = async (log: EventLog, until: Seq = log.head().seq): Promise<State> => {
  const snapshot = await log.latestSnapshot(SHAPE, until);
  const draft = draftOf(snapshot ? fromPlain(snapshot.state) : initialState);
  for await (const event of log.read({ after: draft.seq, until })) apply(draft, event as Recorded);
  return draft;
};

export const saveSnapshot = (log: EventLog, state: State): Promise<void> =>
  log.saveSnapshot({ seq: state.seq, shape: SHAPE, state: toPlain(state) });

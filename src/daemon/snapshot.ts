import { Fold } from '../domain/evolve.js';
import type { Seq } from '../domain/ids.js';
import { initialState, type State } from '../domain/state.js';
import type { EventLog } from '../log/event-log.js';

/**
 * Changes whenever `State` does: a snapshot of another shape is passed over and the log is replayed. A change needs
 * a step in STATE_UPCASTS as well.
 */
const SHAPE = 'state-5';

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

/** The version of what `encodeState` writes: one more than the steps that bring older ones up to date. */
const STATE_UPCASTS: readonly ((plain: unknown) => unknown)[] = [
  (plain) => ({ ...(plain as object), reloads: [] }),
];

/** A state as text, to be kept when the events that led to it are dropped. */
export const encodeState = (state: State): string =>
  JSON.stringify([STATE_UPCASTS.length + 1, toPlain(state)]);

/** The state of a text that `encodeState` wrote, in this version or an earlier one. */
export const decodeState = (text: string): State => {
  const [version, plain] = JSON.parse(text) as [number, unknown];
  return fromPlain(STATE_UPCASTS.slice(version - 1).reduce((older, step) => step(older), plain));
};

/** What the fold up to a seq begins with. */
const startOf = async (log: EventLog, until: Seq): Promise<State> => {
  const anchor = log.anchor();
  const kept = anchor && until >= anchor.seq ? anchor.seq : until;
  const text = await log.keptState(kept);
  if (anchor && text === undefined)
    throw new Error(`nothing is kept of the state at event ${until}`);
  const base = text === undefined ? initialState : decodeState(text);
  const snapshot = await log.latestSnapshot(SHAPE, until);
  return snapshot && snapshot.seq >= base.seq ? fromPlain(snapshot.state) : base;
};

/**
 * The state up to and with a seq: the newest snapshot before it, or what was kept when earlier events were dropped,
 * and the rest of the log. Throws LogError LOG_CORRUPT or LOG_EVENT_UNKNOWN: on what is not whole nothing is built.
 */
export const stateAt = async (log: EventLog, until: Seq = log.head().seq): Promise<State> => {
  for (;;) {
    const anchor = log.anchor();
    const fold = new Fold(await startOf(log, until));
    try {
      for await (const events of log.replay(fold.state.seq, until))
        for (const event of events) fold.take(event);
      if (log.anchor() === anchor) return fold.state;
    } catch (error) {
      if (log.anchor() === anchor) throw error;
    }
    // Events that were dropped meanwhile may be missing: from now on their state is kept.
  }
};

export const saveSnapshot = (log: EventLog, state: State): Promise<void> =>
  log.saveSnapshot({ seq: state.seq, shape: SHAPE, state: toPlain(state) });

import type { EventData, Recorded } from '../domain/event.js';
import { type Seq, seq } from '../domain/ids.js';
import { openRun, type State } from '../domain/state.js';
import { digestOf, textAt } from '../log/anchor.js';
import type { EventLog, Foundation } from '../log/event-log.js';
import { hashOf } from '../log/hash.js';
import { encodeState, stateAt } from './snapshot.js';

/** How many causes of an open run are kept: who asked, and what that followed from. */
const CAUSES = 10;

/** A prune that can be recorded and carried out. */
export interface Pruning {
  readonly foundation: Foundation;
  readonly recorded: EventData['HistoryPruned'];
}

/** The event and what led to it. */
const withCauses = async (log: EventLog, event: Recorded): Promise<Recorded[]> => {
  const chain = [event];
  for (let last = event; last.causedBy !== null && chain.length < CAUSES; ) {
    const cause = await log.get(last.causedBy);
    if (!cause) break;
    chain.push(cause);
    last = cause;
  }
  return chain;
};

/** Events up to a seq that open runs and labels are explained by. */
const eventsToKeep = async (log: EventLog, state: State, through: Seq): Promise<Seq[]> => {
  const kept = new Set<Seq>();
  for (const process of state.processes.values()) {
    const run = openRun(process);
    if (!run || run.seq > through) continue;
    const range = { process: process.id, after: seq(run.seq - 1), until: through };
    for await (const event of log.read(range))
      if ('spawnKey' in event.data && event.data.spawnKey === run.key)
        for (const one of await withCauses(log, event)) kept.add(one.seq);
  }
  const { restore } = state;
  if (restore && restore.seq <= through)
    for await (const event of log.read({ runKey: restore.runKey, until: through }))
      kept.add(event.seq);
  for (const at of state.labels.values()) if (at <= through && (await log.get(at))) kept.add(at);
  return [...kept].sort((a, b) => a - b);
};

/** Text and hash of every state that is needed below the cut: at the cut itself and at each label. */
const statesToKeep = async (log: EventLog, state: State, through: Seq) => {
  const states = new Map<Seq, string>();
  const labels = [...state.labels.values()].filter((at) => at < through);
  for (const at of [...new Set(labels)].sort((a, b) => a - b))
    states.set(at, encodeState(await stateAt(log, at)));
  return states.set(through, encodeState(await stateAt(log, through)));
};

/**
 * What dropping all events up to a seq takes: the state there and at every label, and the events of runs that are
 * open now. Null when there is nothing to drop, or nothing would be left.
 */
export const planPruning = async (
  log: EventLog,
  state: State,
  through: Seq,
): Promise<Pruning | null> => {
  const before = log.anchor();
  if (through <= (before?.seq ?? 0) || through >= log.head().seq) return null;
  const last = await log.get(through);
  if (!last) return null;
  const states = await statesToKeep(log, state, through);
  const events: [Seq, string][] = [];
  for (const at of await eventsToKeep(log, state, through))
    events.push([at, hashOf((await textAt(log, at)) ?? '')]);
  const anchor = {
    seq: through,
    hash: hashOf((await textAt(log, through)) ?? ''),
    at: last.at,
    events,
    states: [...states].map(([at, text]) => [at, hashOf(text)] as const),
  };
  const dropped = through - (before?.seq ?? 0) + (before?.events.length ?? 0) - events.length;
  return {
    foundation: { anchor, states },
    recorded: { through, events: dropped, anchor: digestOf(anchor) },
  };
};

import { type Seq, seq } from '../domain/ids.js';
import { appOf } from '../domain/state.js';
import type { EventLog } from '../log/event-log.js';
import type { Beginning } from '../projections/beginning.js';
import { lastBefore } from './at.js';
import { stateAt } from './snapshot.js';

/**
 * How things stood before a moment (a seq, or a time as ISO 8601), or where the log was cut, if that is later or no
 * moment is given. Null when nothing was before.
 *
 * @throws AtError when it is no moment.
 */
export const beginningOf = async (log: EventLog, since?: string): Promise<Beginning | null> => {
  const anchor = log.anchor();
  const dropped = anchor?.seq ?? seq(0);
  const before = since === undefined ? seq(0) : await lastBefore(log, bounded(log, since));
  const at = seq(Math.max(before, dropped));
  if (at === 0) return null;
  const state = await stateAt(log, at);
  const last = anchor?.seq === at ? anchor : await log.get(at);
  const infos = [...state.processes.values()].map((process) => ({
    process,
    app: appOf(state, process),
  }));
  const kept = (anchor?.events ?? []).map(([one]) => one);
  return { seq: at, at: last?.at ?? 0, epoch: state.epoch, infos, dropped, kept };
};

/** Whoever asks what happened since an event that is yet to come gets nothing, and no error. */
const bounded = (log: EventLog, since: string): string => {
  const head: Seq = log.head().seq;
  return /^\d+$/.test(since) && Number(since) > head ? String(head) : since;
};

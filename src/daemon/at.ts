import { type Seq, seq } from '../domain/ids.js';
import type { EventLog } from '../log/event-log.js';

/** `--at` names no event of this log. */
export class AtError extends Error {
  override readonly name = 'AtError';

  constructor(
    readonly code: 'BAD_TIME' | 'AT_OUTSIDE_LOG',
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/**
 * The seq that `--at` means: a seq, or the last one at or before a time (ISO 8601).
 *
 * @throws AtError when it is neither, or outside the log.
 */
export const seqOf = async (log: EventLog, at: string): Promise<Seq> => {
  const head = log.head().seq;
  const anchor = log.anchor();
  const hint = `a seq from ${anchor?.seq ?? 1} to ${head}, or a time such as 2026-01-31T12:00:00Z`;
  const time = Date.parse(at);
  const isSeq = /^\d+$/.test(at);
  if (!isSeq && Number.isNaN(time))
    throw new AtError('BAD_TIME', `"${at}" is neither a seq nor a time`, hint);
  const wanted = isSeq ? Number(at) : await log.seqAt(time);
  const isKept = wanted >= (anchor?.seq ?? 1) || anchor?.states.some(([kept]) => kept === wanted);
  if (isKept && wanted >= 1 && wanted <= head) return seq(wanted);
  throw new AtError('AT_OUTSIDE_LOG', `--at "${at}" is outside the log`, hint);
};

/**
 * The last event before a moment, and never the last one of the log. 0 when there is none.
 *
 * @throws AtError when it is no moment, or a seq behind the end of the log.
 */
export const lastBefore = async (log: EventLog, moment: string): Promise<Seq> => {
  const head = log.head().seq;
  const hint = `a seq from 1 to ${head}, or a time such as 2026-01-31T12:00:00Z`;
  const newest = seq(Math.max(0, head - 1));
  if (/^\d+$/.test(moment)) {
    const wanted = Number(moment) - 1;
    if (wanted <= newest) return seq(Math.max(0, wanted));
    throw new AtError('AT_OUTSIDE_LOG', `event ${moment} is not in the log`, hint);
  }
  const time = Date.parse(moment);
  if (!Number.isNaN(time)) return seq(Math.min(newest, await log.seqAt(time - 1)));
  throw new AtError('BAD_TIME', `"${moment}" is neither a seq nor a time`, hint);
};

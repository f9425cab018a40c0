import type { Recorded } from '../domain/event.js';
import { type Seq, seq } from '../domain/ids.js';
import { encodeEvent, processOf, runKeyOf } from './codec.js';
import type { Append, Head, RequestRecord } from './event-log.js';
import { sha256 } from './hash.js';
import { clockKey, eventKey, HEAD, processKey, requestRecordKey, runIndexKey } from './keys.js';
import { encodeHead, encodeRecord } from './records.js';

/** One entry of a batch; null deletes the key. */
export interface Put {
  readonly key: string;
  readonly value: string | null;
}

/** The end of the log: its head, and the time of its last event (epoch ms; -Infinity when there is none). */
export interface Tip extends Head {
  readonly at: number;
}

/** What a decision adds to the log, ready to be written as one batch. */
export interface Commit {
  readonly events: readonly Recorded[];
  readonly record: RequestRecord | null;
  readonly tip: Tip;
  readonly puts: readonly Put[];
}

/** The index entries of an event whose predecessor has the time `lastAt`; they have empty values. */
export const indexKeys = (event: Recorded, lastAt: number): string[] => {
  const keys: string[] = [];
  const process = processOf(event);
  const run = runKeyOf(event);
  if (process !== null) keys.push(processKey(process, event.seq));
  if (run !== null) keys.push(runIndexKey(run, event.seq));
  if (event.at < lastAt) keys.push(clockKey(event.seq));
  return keys;
};

const recordOf = (append: Append, before: Seq, tip: Tip): RequestRecord | null => {
  if (append.record === null) return null;
  const [first, last] = tip.seq === before ? [null, null] : [seq(before + 1), tip.seq];
  return { ...append.record, at: append.at, first, last };
};

/** Numbers and chains the events of a decision. Throws Malformed when one of them could not be read back. */
export const commit = (before: Tip, append: Append, newId: () => string): Commit => {
  const events: Recorded[] = [];
  const puts: Put[] = [];
  let tip = before;
  for (const decided of append.events) {
    const place = { seq: seq(tip.seq + 1), id: newId(), at: append.at, request: append.request };
    const event: Recorded = { ...decided, ...place };
    const stored = encodeEvent(event, tip.hash);
    puts.push({ key: eventKey(event.seq), value: stored });
    for (const key of indexKeys(event, tip.at)) puts.push({ key, value: '' });
    events.push(event);
    tip = { seq: event.seq, hash: sha256(stored), at: event.at };
  }
  const record = recordOf(append, before.seq, tip);
  if (record !== null)
    puts.push({ key: requestRecordKey(record.key), value: encodeRecord(record) });
  if (events.length > 0) puts.push({ key: HEAD, value: encodeHead(tip) });
  return { events, record, tip, puts };
};

import type { Recorded } from '../domain/event.js';
import { type Seq, seq } from '../domain/ids.js';
import { unchained } from './chain.js';
import { decode } from './codec.js';
import { LogError, readFailure } from './errors.js';
import type { Query, RequestRecord, StoredEvent } from './event-log.js';
import { hashOf } from './hash.js';
import * as keys from './keys.js';
import type { Database } from './writer.js';

const READ_AHEAD = 1000;
const READ_AHEAD_BYTES = 1 << 20;

/** JSON that was written by us. Throws LogError LOG_CORRUPT with the name of the record. */
export const parsed = <T>(what: string, text: string): T => {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new LogError('LOG_CORRUPT', `the record "${what}" is damaged`, error);
  }
};

type Range = keys.KeyRange & { readonly reverse?: boolean; readonly limit?: number };

/**
 * Entries of a range, many at a time: a promise for each one costs more than reading it. The next ones are read
 * while these are worked on.
 */
async function* entries(db: Database, range: Range): AsyncGenerator<[string, string][]> {
  const iterator = db.iterator({ ...range, highWaterMarkBytes: READ_AHEAD_BYTES });
  const readOn = () => {
    const next = iterator.nextv(READ_AHEAD);
    // Whoever breaks off does not wait for it.
    next.catch(() => {});
    return next;
  };
  try {
    for (let next = readOn(); ; ) {
      const found = await next;
      if (found.length === 0) return;
      next = readOn();
      yield found;
    }
  } finally {
    await iterator.close();
  }
}

export const readEvent = async (db: Database, at: Seq): Promise<Recorded | undefined> => {
  const text = await db.get(keys.eventKey(at));
  return text === undefined ? undefined : decode(at, text).event;
};

/** Events of an index, in its order. */
async function* indexed(db: Database, query: Query, range: Range): AsyncGenerator<Recorded> {
  const { process, runKey } = query;
  const seqOf = process === undefined ? keys.parseRunIndexKey : keys.parseProcessKey;
  // Both are asked for: the other index cannot tell how many of its own will do.
  const isBoth = process !== undefined && runKey !== undefined;
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  for await (const found of entries(db, isBoth ? { ...range, limit: -1 } : range)) {
    const wanted = found.map(([key]) => keys.eventKey(seqOf(key).seq));
    const texts = await db.getMany(wanted);
    for (const [index, text] of texts.entries()) {
      if (text === undefined) continue;
      const { event } = decode(keys.seqOfKey(wanted[index]!), text);
      if (runKey !== undefined && event.runKey !== runKey) continue;
      if (left <= 0) return;
      left -= 1;
      yield event;
    }
  }
}

/** Events that a query asks for, up to `head`. */
export async function* readEvents(db: Database, query: Query, head: Seq): AsyncGenerator<Recorded> {
  const { process, runKey, limit = -1, reverse = false } = query;
  const [after, until] = [query.after ?? 0, query.until ?? head];
  try {
    if (process !== undefined || runKey !== undefined) {
      const keyAt = (at: Seq): string =>
        process === undefined ? keys.runIndexKey(runKey!, at) : keys.processKey(process, at);
      yield* indexed(db, query, { ...keys.between(keyAt, after, until), limit, reverse });
      return;
    }
    const range = { ...keys.between(keys.eventKey, after, until), limit, reverse };
    for await (const found of entries(db, range))
      for (const [key, text] of found) yield decode(keys.seqOfKey(key), text).event;
  } catch (error) {
    throw readFailure(error);
  }
}

/** What each event after a seq and up to another is read as, many at a time. */
async function* readRange<T>(
  db: Database,
  [after, until]: readonly [after: Seq, until: Seq],
  read: (at: Seq, text: string) => T,
): AsyncGenerator<readonly T[]> {
  try {
    for await (const found of entries(db, keys.between(keys.eventKey, after, until)))
      yield found.map(([key, text]) => read(keys.seqOfKey(key), text));
  } catch (error) {
    throw readFailure(error);
  }
}

/**
 * Every event after a seq and up to another, many at a time. Throws LogError LOG_CORRUPT where one is missing, or is
 * not what the next one was chained to: nothing may be built on it.
 */
export const readReplay = (
  db: Database,
  after: Seq,
  until: Seq,
): AsyncGenerator<readonly Recorded[]> => {
  let last = after;
  let hash: string | null = null;
  return readRange(db, [after, until], (at, text) => {
    const { event, prev } = decode(at, text);
    const problem = unchained(last, hash, at, prev);
    if (problem) throw new LogError('LOG_CORRUPT', problem.message);
    last = at;
    hash = hashOf(text);
    return event;
  });
};

/** The stored text of every event after a seq and up to another. */
export const readStored = (
  db: Database,
  after: Seq,
  until: Seq,
): AsyncGenerator<readonly StoredEvent[]> =>
  readRange(db, [after, until], (at, text) => ({ seq: at, text }));

export async function* readRequests(db: Database): AsyncGenerator<RequestRecord> {
  try {
    for await (const found of entries(db, keys.all('q')))
      for (const [key, text] of found)
        yield parsed<RequestRecord>(`request ${keys.requestOfKey(key)}`, text);
  } catch (error) {
    throw readFailure(error);
  }
}

interface SeqRange {
  readonly after: Seq;
  readonly until: Seq;
}

/**
 * The last event of a range that was recorded at or before a time, by halving; 0 when there is none. Where the
 * clock was set back, the later part of the log counts for its own times.
 */
export const findSeqAt = async (db: Database, ms: number, range: SeqRange): Promise<Seq> => {
  let [low, high] = [Number(range.after), Number(range.until)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const event = await readEvent(db, seq(middle));
    if (event && event.at <= ms) low = middle;
    else high = middle - 1;
  }
  return seq(low === range.after ? 0 : low);
};

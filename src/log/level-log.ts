import { createHash } from 'node:crypto';
import type { Level } from 'level';
import type { Recorded } from '../domain/event.js';
import { type RequestKey, type Seq, seq } from '../domain/ids.js';
import { decode, encode } from './codec.js';
import { LogError, readFailure, rootCause, writeFailure } from './errors.js';
import type {
  Append,
  EventLog,
  Head,
  LogIdentity,
  Query,
  RequestRecord,
  Snapshot,
} from './event-log.js';
import * as keys from './keys.js';

export type Database = Level<string, string>;

export const FORMAT = 1;
const SNAPSHOTS_KEPT = 2;
const READ_AHEAD = 512;

export const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url');

/** What the first event is chained to. */
export const genesis = (identity: LogIdentity): string => hashOf(`opm log ${identity.id}`);

const parsed = <T>(what: string, text: string): T => {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new LogError('LOG_CORRUPT', `the record "${what}" is damaged`, error);
  }
};

/** The log on LevelDB. Opened by `openLog`. */
export class LevelLog implements EventLog {
  readonly #db: Database;
  readonly #identity: LogIdentity;
  readonly #newId: () => string;
  #head: Head;
  /** LevelDB takes no more writes after one has failed, until it is opened anew. */
  #writeFailed = false;

  constructor(db: Database, opened: { identity: LogIdentity; head: Head; newId: () => string }) {
    this.#db = db;
    this.#identity = opened.identity;
    this.#head = opened.head;
    this.#newId = opened.newId;
  }

  get database(): Database {
    return this.#db;
  }

  head(): Head {
    return this.#head;
  }

  home(): LogIdentity {
    return this.#identity;
  }

  async append({ events, at, request, record, durable }: Append): Promise<readonly Recorded[]> {
    if (this.#writeFailed) await this.#reopen();
    const batch = this.#db.batch();
    let head = this.#head;
    const recorded: Recorded[] = [];
    for (const decided of events) {
      const next = seq(head.seq + 1);
      const event = {
        ...decided,
        seq: next,
        id: this.#newId(),
        at,
        request,
      } as Recorded;
      const text = encode({ event, prev: head.hash });
      head = { seq: next, hash: hashOf(text) };
      recorded.push(event);
      batch.put(keys.eventKey(next), text);
      if ('process' in event.data) batch.put(keys.processKey(event.data.process, next), '');
      if (event.runKey !== null) batch.put(keys.runIndexKey(event.runKey, next), '');
    }
    if (record) {
      const range = {
        first: recorded[0]?.seq ?? null,
        last: recorded.at(-1)?.seq ?? null,
      };
      const value = JSON.stringify({
        ...record,
        at,
        ...range,
      } satisfies RequestRecord);
      batch.put(keys.requestRecordKey(record.key), value);
    }
    if (recorded.length > 0) batch.put(keys.HEAD, JSON.stringify(head));
    try {
      await batch.write({ sync: durable });
    } catch (error) {
      this.#writeFailed = true;
      throw writeFailure(error);
    }
    this.#head = head;
    return recorded;
  }

  async #reopen(): Promise<void> {
    try {
      await this.#db.close();
      await this.#db.open();
    } catch (error) {
      // Not open is what `level` says of it; why it cannot be opened stands in the cause.
      throw writeFailure(rootCause(error));
    }
    const text = await this.#db.get(keys.HEAD);
    const head = text === undefined ? this.#head : parsed<Head>('head', text);
    if (head.seq !== this.#head.seq) {
      // The write that failed was there after all: whoever folded without it has to begin anew.
      throw new LogError('LOG_CORRUPT', 'a batch that was refused is in the log');
    }
    this.#writeFailed = false;
  }

  async *read(query: Query = {}): AsyncIterable<Recorded> {
    const { process, runKey, limit = -1, reverse = false } = query;
    const after = query.after ?? 0;
    const until = query.until ?? this.#head.seq;
    const options = { reverse, limit, highWaterMarkBytes: 1 << 20 };
    try {
      if (process === undefined && runKey === undefined) {
        const range = keys.between(keys.eventKey, after, until);
        const iterator = this.#db.iterator({ ...range, ...options });
        try {
          for (;;) {
            const entries = await iterator.nextv(READ_AHEAD);
            if (entries.length === 0) return;
            for (const [key, text] of entries) yield decode(keys.seqOfKey(key), text).event;
          }
        } finally {
          await iterator.close();
        }
      }
      const index =
        process === undefined
          ? (at: Seq) => keys.runIndexKey(runKey!, at)
          : (at: Seq) => keys.processKey(process, at);
      const seqOf = process === undefined ? keys.parseRunIndexKey : keys.parseProcessKey;
      for await (const key of this.#db.keys({
        ...keys.between(index, after, until),
        ...options,
      })) {
        const event = await this.get(seqOf(key).seq);
        if (event && (runKey === undefined || event.runKey === runKey)) yield event;
      }
    } catch (error) {
      throw readFailure(error);
    }
  }

  async *stored(): AsyncIterable<{ readonly seq: Seq; readonly text: string }> {
    try {
      for await (const [key, text] of this.#db.iterator(keys.all('e'))) {
        yield { seq: keys.seqOfKey(key), text };
      }
    } catch (error) {
      throw readFailure(error);
    }
  }

  async get(at: Seq): Promise<Recorded | undefined> {
    const text = await this.#db.get(keys.eventKey(at));
    return text === undefined ? undefined : decode(at, text).event;
  }

  async request(key: RequestKey): Promise<RequestRecord | undefined> {
    if (this.#writeFailed) await this.#reopen();
    const text = await this.#db.get(keys.requestRecordKey(key));
    return text === undefined ? undefined : parsed<RequestRecord>(`request ${key}`, text);
  }

  async *requests(): AsyncIterable<RequestRecord> {
    for await (const [key, text] of this.#db.iterator(keys.all('q'))) {
      yield parsed<RequestRecord>(`request ${keys.requestOfKey(key)}`, text);
    }
  }

  /** By halving. Where the clock was set back, the later part of the log counts for its own times. */
  async seqAt(ms: number): Promise<Seq> {
    let [low, high] = [0, Number(this.#head.seq)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const event = await this.get(seq(middle));
      if (event && event.at <= ms) low = middle;
      else high = middle - 1;
    }
    return seq(low);
  }

  async saveSnapshot(snapshot: Snapshot & { readonly shape: string }): Promise<void> {
    const { seq: at, shape, state } = snapshot;
    const event = await this.#db.get(keys.eventKey(at));
    if (event === undefined) return;
    const body = JSON.stringify({ shape, state, eventHash: hashOf(event) });
    const old = await this.#db.keys({ ...keys.all('s'), reverse: true }).all();
    const batch = this.#db.batch().put(keys.snapshotKey(at), `${hashOf(body)}${body}`);
    for (const key of old.slice(SNAPSHOTS_KEPT - 1)) batch.del(key);
    try {
      await batch.write();
    } catch (error) {
      throw writeFailure(error);
    }
  }

  async latestSnapshot(shape: string, until?: Seq): Promise<Snapshot | undefined> {
    const range = keys.between(keys.snapshotKey, 0, until ?? this.#head.seq);
    for await (const [key, text] of this.#db.iterator({
      ...range,
      reverse: true,
    })) {
      const [checksum, body] = [text.slice(0, 43), text.slice(43)];
      if (hashOf(body) !== checksum) continue;
      const saved = JSON.parse(body) as {
        shape: string;
        state: unknown;
        eventHash: string;
      };
      const at = keys.seqOfKey(key);
      const event = await this.#db.get(keys.eventKey(at));
      if (saved.shape !== shape || event === undefined || hashOf(event) !== saved.eventHash)
        continue;
      return { seq: at, state: saved.state };
    }
    return undefined;
  }

  async pruneRequests(before: number): Promise<number> {
    const batch = this.#db.batch();
    for await (const record of this.requests()) {
      if (record.at < before) batch.del(keys.requestRecordKey(record.key));
    }
    const pruned = batch.length;
    await batch.write();
    return pruned;
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

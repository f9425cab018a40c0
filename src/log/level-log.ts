import type { Recorded } from '../domain/event.js';
import { type RequestKey, type Seq, seq } from '../domain/ids.js';
import type { MarkKeeper } from './acknowledged.js';
import { encode } from './codec.js';
import type {
  Anchor,
  Append,
  EventLog,
  Foundation,
  Head,
  LogIdentity,
  Query,
  RequestRecord,
  Snapshot,
  StoredEvent,
} from './event-log.js';
import { eventOperations } from './event-operations.js';
import { hashOf } from './hash.js';
import * as keys from './keys.js';
import { Pruning } from './pruning.js';
import {
  findSeqAt,
  parsed,
  readEvent,
  readEvents,
  readReplay,
  readRequests,
  readStored,
} from './reading.js';
import { findSnapshot, snapshotOperations } from './snapshots.js';
import { type Database, type Operation, type Put, Writer } from './writer.js';

export const FORMAT = 1;

export interface Opened {
  readonly identity: LogIdentity;
  readonly head: Head;
  readonly anchor: Anchor | null;
  readonly newId: () => string;
  /** Null where nothing is ever acknowledged: a log that is only read. */
  readonly mark: MarkKeeper | null;
}

/** What takes new keys back, and puts the head back to where it was. */
const undoOf = (operations: readonly Operation[], head: Head): Operation[] => [
  ...operations.map(({ key }): Operation => ({ type: 'del', key })),
  ...(head.seq > 0
    ? [{ type: 'put', key: keys.HEAD, value: JSON.stringify(head) } satisfies Put]
    : []),
];

/** The log on LevelDB. Opened by `openLog`. */
export class LevelLog implements EventLog {
  readonly #db: Database;
  readonly #writer: Writer;
  readonly #identity: LogIdentity;
  readonly #newId: () => string;
  readonly #mark: MarkKeeper | null;
  readonly #pruning: Pruning;
  #head: Head;

  constructor(db: Database, opened: Opened) {
    this.#db = db;
    this.#writer = new Writer(db);
    this.#identity = opened.identity;
    this.#head = opened.head;
    this.#newId = opened.newId;
    this.#mark = opened.mark;
    this.#pruning = new Pruning(db, this.#writer, opened.anchor);
  }

  head(): Head {
    return this.#head;
  }

  home(): LogIdentity {
    return this.#identity;
  }

  anchor(): Anchor | null {
    return this.#pruning.anchor;
  }

  keptState(at: Seq): Promise<string | undefined> {
    return this.#db.get(keys.keptStateKey(at));
  }

  prune(foundation: Foundation): Promise<void> {
    return this.#pruning.prune(foundation);
  }

  sweep(): Promise<void> {
    return this.#pruning.sweep();
  }

  append(append: Append): Promise<readonly Recorded[]> {
    return this.#writer.inTurn(async () => {
      const { recorded, operations, head } = this.#prepare(append);
      const { durable } = append;
      await this.#writer.write({ operations, undo: undoOf(operations, this.#head), durable });
      this.#head = head;
      if (durable) this.#mark?.advance(head);
      return recorded;
    });
  }

  #prepare({ events, at, request, record }: Append) {
    const recorded: Recorded[] = [];
    const operations: Operation[] = [];
    let head = this.#head;
    for (const decided of events) {
      const next = seq(head.seq + 1);
      const event = { ...decided, seq: next, id: this.#newId(), at, request } as Recorded;
      const text = encode({ event, prev: head.hash });
      head = { seq: next, hash: hashOf(text) };
      recorded.push(event);
      operations.push(...eventOperations(event, text));
    }
    if (record) {
      const [first, last] = [recorded[0]?.seq ?? null, recorded.at(-1)?.seq ?? null];
      const value = JSON.stringify({ ...record, at, first, last } satisfies RequestRecord);
      operations.push({ type: 'put', key: keys.requestRecordKey(record.key), value });
    }
    if (recorded.length > 0)
      operations.push({ type: 'put', key: keys.HEAD, value: JSON.stringify(head) });
    return { recorded, operations, head };
  }

  read(query: Query = {}): AsyncIterable<Recorded> {
    return readEvents(this.#db, query, this.#head.seq);
  }

  replay(after: Seq, until: Seq): AsyncIterable<readonly Recorded[]> {
    return readReplay(this.#db, after, until);
  }

  stored(after: Seq, until: Seq): AsyncIterable<readonly StoredEvent[]> {
    return readStored(this.#db, after, until);
  }

  get(at: Seq): Promise<Recorded | undefined> {
    return readEvent(this.#db, at);
  }

  request(key: RequestKey): Promise<RequestRecord | undefined> {
    return this.#writer.inTurn(async () => {
      await this.#writer.recover();
      const text = await this.#db.get(keys.requestRecordKey(key));
      return text === undefined ? undefined : parsed<RequestRecord>(`request ${key}`, text);
    });
  }

  requests(): AsyncIterable<RequestRecord> {
    return readRequests(this.#db);
  }

  seqAt(ms: number): Promise<Seq> {
    const after = this.#pruning.anchor?.seq ?? seq(0);
    return findSeqAt(this.#db, ms, { after, until: this.#head.seq });
  }

  saveSnapshot(snapshot: Snapshot & { readonly shape: string }): Promise<void> {
    return this.#writer.inTurn(async () => {
      await this.#writer.recover();
      const operations = await snapshotOperations(this.#db, snapshot);
      // A snapshot that is there though its write failed is as good as any.
      if (operations.length > 0) await this.#writer.write({ operations, undo: [], durable: false });
    });
  }

  latestSnapshot(shape: string, until: Seq = this.#head.seq): Promise<Snapshot | undefined> {
    return findSnapshot(this.#db, shape, until);
  }

  /** Sees to it that all of the log is on the disk, and is missed if it should not be there any more. */
  close(): Promise<void> {
    this.#pruning.stop();
    return this.#writer.inTurn(async () => {
      await this.#seal().catch(() => {
        // The disk is full or gone: what was acknowledged is there, and whatever else is lost stands in the run files.
      });
      this.#mark?.close();
      await this.#db.close();
    });
  }

  async #seal(): Promise<void> {
    if (!this.#mark || this.#mark.seq >= this.#head.seq) return;
    await this.#writer.recover();
    await this.#db.put(keys.HEAD, JSON.stringify(this.#head), { sync: true });
    this.#mark.advance(this.#head);
  }
}

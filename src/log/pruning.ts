import type { ClassicLevel } from 'classic-level';
import { type Seq, seq } from '../domain/ids.js';
import { anchorText } from './anchor.js';
import { decode } from './codec.js';
import type { Anchor, Foundation, RequestRecord } from './event-log.js';
import { eventOperations } from './event-operations.js';
import * as keys from './keys.js';
import { readRequests } from './reading.js';
import type { Batch, Database, Operation, Put, Writer } from './writer.js';

/** Events that are dropped at once: what is asked for meanwhile does not wait long. */
const AT_ONCE = 500;

/** What lays a foundation. From then on whatever is not kept below it counts as dropped. */
const foundationBatch = ({ anchor, states }: Foundation, before: Anchor | null): Batch => {
  const puts = [...states].map(([at, value]): Put => {
    return { type: 'put', key: keys.keptStateKey(at), value };
  });
  const old = new Set((before?.states ?? []).map(([at]) => keys.keptStateKey(at)));
  const laid: Operation = before
    ? { type: 'put', key: keys.ANCHOR, value: anchorText(before) }
    : { type: 'del', key: keys.ANCHOR };
  return {
    operations: [...puts, { type: 'put', key: keys.ANCHOR, value: anchorText(anchor) }],
    undo: [
      ...puts
        .filter(({ key }) => !old.has(key))
        .map(({ key }): Operation => ({ type: 'del', key })),
      laid,
    ],
    durable: true,
  };
};

const deleted = (key: string): Operation => ({ type: 'del', key });

/** The keys of an event; only its own when it cannot be read any more. */
const keysOf = (key: string, text: string): string[] => {
  try {
    return eventOperations(decode(keys.seqOfKey(key), text).event, text).map((put) => put.key);
  } catch {
    return [key];
  }
};

/** What drops some more events below an anchor, and where to go on; null when none is left. */
const nextSweep = async (db: Database, anchor: Anchor, after: Seq) => {
  const range = { ...keys.between(keys.eventKey, after, anchor.seq), limit: AT_ONCE };
  const found = await db.iterator(range).all();
  const last = found.at(-1);
  if (!last) return null;
  const kept = new Set(anchor.events.map(([at]) => at));
  const dropped = found.filter(([key]) => !kept.has(keys.seqOfKey(key)));
  const operations = dropped.flatMap(([key, text]) => keysOf(key, text)).map(deleted);
  return { operations, last: keys.seqOfKey(last[0]) };
};

/** A request goes with its events; one that changed nothing with those that were recorded before it. */
const isOver = ({ last, at }: RequestRecord, anchor: Anchor): boolean =>
  last === null ? at <= anchor.at : last <= anchor.seq;

/** What drops requests, snapshots and states that an anchor has no use for. */
const lastSweep = async (db: Database, anchor: Anchor): Promise<Operation[]> => {
  const operations: Operation[] = [];
  for await (const record of readRequests(db))
    if (isOver(record, anchor)) operations.push(deleted(keys.requestRecordKey(record.key)));
  const states = new Set(anchor.states.map(([at]) => keys.keptStateKey(at)));
  for (const key of await db.keys(keys.all('b')).all())
    if (!states.has(key)) operations.push(deleted(key));
  const snapshots = keys.between(keys.snapshotKey, 0, anchor.seq);
  for (const key of await db.keys(snapshots).all()) operations.push(deleted(key));
  return operations;
};

/** Whether a sweep that was broken off has left something behind. */
const isSwept = async (db: Database, { seq: at, events }: Anchor): Promise<boolean> => {
  const range = keys.between(keys.eventKey, 0, seq(at));
  const found = await db.keys({ ...range, limit: events.length + 1 }).all();
  return found.length <= events.length;
};

/** Drops the beginning of a log: first what the rest stands on is laid, then what is below it is swept away. */
export class Pruning {
  readonly #db: Database;
  readonly #writer: Writer;
  #anchor: Anchor | null;
  #isStopped = false;

  constructor(db: Database, writer: Writer, anchor: Anchor | null) {
    this.#db = db;
    this.#writer = writer;
    this.#anchor = anchor;
  }

  get anchor(): Anchor | null {
    return this.#anchor;
  }

  /** Whatever is not swept yet is left for the next time. */
  stop(): void {
    this.#isStopped = true;
  }

  async prune(foundation: Foundation): Promise<void> {
    await this.#writer.inTurn(async () => {
      await this.#writer.write(foundationBatch(foundation, this.#anchor));
      this.#anchor = foundation.anchor;
    });
    await this.#sweepAll(foundation.anchor);
  }

  async sweep(): Promise<void> {
    const anchor = this.#anchor;
    if (anchor && !(await isSwept(this.#db, anchor))) await this.#sweepAll(anchor);
  }

  async #sweepAll(anchor: Anchor): Promise<void> {
    let after: Seq | null = seq(0);
    while (after !== null) after = await this.#sweepSome(anchor, after);
    await this.#inTurn(async () => this.#write(await lastSweep(this.#db, anchor)));
    // LevelDB gives back the space of what was deleted only when it rewrites the tables.
    const db = this.#db as unknown as Pick<ClassicLevel<string, string>, 'compactRange'>;
    if (!this.#isStopped) await db.compactRange(keys.eventKey(seq(1)), keys.eventKey(anchor.seq));
  }

  /** Where to go on, or null. */
  async #sweepSome(anchor: Anchor, after: Seq): Promise<Seq | null> {
    const swept = await this.#inTurn(async () => {
      const next = await nextSweep(this.#db, anchor, after);
      if (next) await this.#write(next.operations);
      return next;
    });
    return swept?.last ?? null;
  }

  async #inTurn<T>(act: () => Promise<T>): Promise<T | null> {
    return this.#writer.inTurn(async () => (this.#isStopped ? null : act()));
  }

  /** Deleting again what was deleted changes nothing, so nothing has to be taken back. */
  #write(operations: readonly Operation[]): Promise<void> {
    return this.#writer.write({ operations, undo: [], durable: false });
  }
}

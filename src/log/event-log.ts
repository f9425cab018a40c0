import type { Actor, Decided, Recorded } from '../domain/event.js';
import type { ProcessId, RequestKey, RunKey, Seq } from '../domain/ids.js';

/** What is remembered of a decided request. */
export interface RequestRecord {
  readonly key: RequestKey;
  readonly bodyHash: string;
  /** Epoch ms. */
  readonly at: number;
  /** First and last seq of its events; null when it changed nothing. */
  readonly first: Seq | null;
  readonly last: Seq | null;
  readonly answer: unknown;
}

/** One decision, to be written as a whole or not at all. */
export interface Append {
  readonly events: readonly Decided[];
  /** Epoch ms. */
  readonly at: number;
  readonly request: { readonly key: RequestKey; readonly actor: Actor } | null;
  readonly record: Pick<RequestRecord, 'key' | 'bodyHash' | 'answer'> | null;
  /** Whether it must be on the disk before the promise resolves. */
  readonly durable: boolean;
}

export interface Head {
  /** 0 when the log is empty. */
  readonly seq: Seq;
  /** Hash of the last event's stored bytes. */
  readonly hash: string;
}

/** Made when the log was created. */
export interface LogIdentity {
  readonly id: string;
  readonly createdAt: number;
  readonly format: number;
}

/** What the kept events of a log rest on, after those before them were dropped. */
export interface Anchor {
  /** The last event of the dropped part: the next one is chained to its hash. */
  readonly seq: Seq;
  readonly hash: string;
  /** When that one was recorded, epoch ms. */
  readonly at: number;
  /** Events up to it that were kept, each with the hash of its text. */
  readonly events: readonly (readonly [Seq, string])[];
  /** Seqs up to it at which the state is kept, the last one its own, each with the hash of its text. */
  readonly states: readonly (readonly [Seq, string])[];
}

/** An anchor and the texts of its states. */
export interface Foundation {
  readonly anchor: Anchor;
  readonly states: ReadonlyMap<Seq, string>;
}

export interface Query {
  /** Exclusive. */
  readonly after?: Seq;
  /** Inclusive. */
  readonly until?: Seq;
  readonly process?: ProcessId;
  readonly runKey?: RunKey;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface Snapshot {
  readonly seq: Seq;
  readonly state: unknown;
}

/** An event as it stands in the log. */
export interface StoredEvent {
  readonly seq: Seq;
  /** Exactly as it was written and hashed. */
  readonly text: string;
}

/** The log: the one truth. */
export interface EventLog {
  head(): Head;
  home(): LogIdentity;
  /** Null when all events since the first one are there. */
  anchor(): Anchor | null;
  /** The state that the anchor keeps of a seq. */
  keptState(at: Seq): Promise<string | undefined>;
  /** Drops every event, snapshot and request up to an anchor, except the events that it keeps. */
  prune(foundation: Foundation): Promise<void>;
  /** Goes on with a prune that was broken off, if one was. */
  sweep(): Promise<void>;
  /**
   * Writes one decision as one atomic batch, after those that were asked for before. Rejects with LogError
   * LOG_WRITE_FAILED; then nothing changed.
   */
  append(append: Append): Promise<readonly Recorded[]>;
  read(query?: Query): AsyncIterable<Recorded>;
  /** Every event after a seq and up to another, in order, many at a time: for whoever folds them. */
  replay(after: Seq, until: Seq): AsyncIterable<readonly Recorded[]>;
  /** The same as they were stored: for whoever checks them. */
  stored(after: Seq, until: Seq): AsyncIterable<readonly StoredEvent[]>;
  get(seq: Seq): Promise<Recorded | undefined>;
  request(key: RequestKey): Promise<RequestRecord | undefined>;
  requests(): AsyncIterable<RequestRecord>;
  /** Seq of the last event recorded at or before a time; 0 when none is there any more. */
  seqAt(ms: number): Promise<Seq>;
  saveSnapshot(snapshot: Snapshot & { readonly shape: string }): Promise<void>;
  /** The newest snapshot of this shape at or before a seq, if it fits the log. */
  latestSnapshot(shape: string, until?: Seq): Promise<Snapshot | undefined>;
  close(): Promise<void>;
}

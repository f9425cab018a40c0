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
  /**
   * Writes one decision as one atomic batch, after those that were asked for before. Rejects with LogError
   * LOG_WRITE_FAILED; then nothing changed.
   */
  append(append: Append): Promise<readonly Recorded[]>;
  read(query?: Query): AsyncIterable<Recorded>;
  /** Every event up to a seq in order, many at a time: for whoever checks them. */
  stored(until: Seq): AsyncIterable<readonly StoredEvent[]>;
  get(seq: Seq): Promise<Recorded | undefined>;
  request(key: RequestKey): Promise<RequestRecord | undefined>;
  requests(): AsyncIterable<RequestRecord>;
  /** Seq of the last event recorded at or before a time; 0 when there is none. */
  seqAt(ms: number): Promise<Seq>;
  saveSnapshot(snapshot: Snapshot & { readonly shape: string }): Promise<void>;
  /** The newest snapshot of this shape at or before a seq, if it fits the log. */
  latestSnapshot(shape: string, until?: Seq): Promise<Snapshot | undefined>;
  close(): Promise<void>;
}

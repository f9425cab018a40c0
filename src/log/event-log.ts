import type { Actor, Decided, Recorded } from '../domain/event.js';
import type { ProcessId, RequestKey, RunKey, Seq } from '../domain/ids.js';

/** The format that this version writes, and the only one that it reads. */
export const FORMAT = 1;

/** Where and when a log began. */
export interface Home {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly format: number;
}

/** The last event's seq (0 in an empty log) and hash (then the one that the chain begins with). */
export interface Head {
  readonly seq: Seq;
  readonly hash: string;
}

/** How a request was answered, kept so that its repetition is answered alike. */
export interface RequestRecord {
  readonly key: RequestKey;
  /** Tells a repetition from another request that uses the same key. */
  readonly bodyHash: string;
  /** Epoch ms. */
  readonly at: number;
  /** Seqs of the events that the request led to, or null when it led to none. */
  readonly first: Seq | null;
  readonly last: Seq | null;
  /** JSON. */
  readonly answer: unknown;
}

/** One decision: all of it is stored, or nothing. */
export interface Append {
  readonly events: readonly Decided[];
  /** Epoch ms. */
  readonly at: number;
  readonly request: { readonly key: RequestKey; readonly actor: Actor } | null;
  readonly record: Omit<RequestRecord, 'first' | 'last' | 'at'> | null;
  /** Whether it must survive a power loss before it is acknowledged. */
  readonly durable: boolean;
}

/** Which events to read, and in which order; without any of it all of them from the first to the last. */
export interface Query {
  /** Only seqs above this one. */
  readonly after?: Seq;
  /** Only seqs up to and with this one. */
  readonly until?: Seq;
  readonly process?: ProcessId;
  readonly runKey?: RunKey;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** A state that the events up to and with `seq` lead to. */
export interface StateSnapshot {
  readonly seq: Seq;
  /** Names the make of the state; another one is not understood and therefore ignored. */
  readonly shape: string;
  /** JSON. */
  readonly state: unknown;
}

/**
 * The log as its readers see it. Every reading method rejects with LOG_CORRUPT for what is damaged, naming the record,
 * with LOG_EVENT_UNKNOWN for events of a newer opm, and with LOG_CLOSED after `close`.
 */
export interface LogReader {
  head(): Head;
  home(): Home;
  /**
   * Emits events in the order of their seqs, or the other way round. Those that are appended while it reads may be
   * missing. A gap is an error here already, whereas hashes are the audit's work.
   */
  read(query?: Query): AsyncIterable<Recorded>;
  get(seq: Seq): Promise<Recorded | undefined>;
  request(key: RequestKey): Promise<RequestRecord | undefined>;
  /** Emits them in the order of their keys. */
  requests(): AsyncIterable<RequestRecord>;
  /**
   * The last event that carries this time (epoch ms) or an earlier one; 0 when there is none. Where the clock was set
   * back, times repeat themselves and the later event counts.
   */
  seqAt(ms: number): Promise<Seq>;
  /**
   * The newest snapshot of this shape, up to and with a seq. One that is damaged, or does not belong to this history,
   * is passed over: the events tell the same.
   */
  latestSnapshot(
    shape: string,
    until?: Seq,
  ): Promise<{ readonly seq: Seq; readonly state: unknown } | undefined>;
  close(): Promise<void>;
}

/** The log as its one writer sees it. Writes happen one after the other, in the order of the calls. */
export interface EventLog extends LogReader {
  /**
   * Records a decision in one atomic batch and returns its events, in place. Rejects with LOG_WRITE_FAILED when that
   * is not possible (disk full); the log is then as it was before, and may be appended to again.
   */
  append(append: Append): Promise<readonly Recorded[]>;
  /** Keeps the newest two; never waits for the disk. */
  saveSnapshot(snapshot: StateSnapshot): Promise<void>;
  /** Forgets requests that were answered before this time (epoch ms); returns how many. */
  pruneRequests(before: number): Promise<number>;
}

import type { Recorded } from '../../src/domain/event.js';
import { type RequestKey, type Seq, seq } from '../../src/domain/ids.js';
import { decode, encode } from '../../src/log/codec.js';
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
} from '../../src/log/event-log.js';
import { genesis, hashOf } from '../../src/log/hash.js';

const copied = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** A log that is in memory only: the same promises as the one on LevelDB, except that it outlives nothing. */
export class MemoryLog implements EventLog {
  readonly #identity: LogIdentity = { id: 'memory', createdAt: 0, format: 1 };
  readonly #texts = new Map<Seq, string>();
  readonly #requests = new Map<RequestKey, RequestRecord>();
  #anchor: Anchor | null = null;
  #states: ReadonlyMap<Seq, string> = new Map();
  #snapshots: readonly { seq: Seq; shape: string; state: unknown }[] = [];
  #head: Head = { seq: seq(0), hash: genesis(this.#identity) };
  #ids = 0;

  head(): Head {
    return this.#head;
  }

  home(): LogIdentity {
    return this.#identity;
  }

  anchor(): Anchor | null {
    return this.#anchor;
  }

  async keptState(at: Seq): Promise<string | undefined> {
    return this.#states.get(at);
  }

  async prune({ anchor, states }: Foundation): Promise<void> {
    this.#anchor = anchor;
    this.#states = states;
    const kept = new Set(anchor.events.map(([at]) => at));
    for (const at of [...this.#texts.keys()])
      if (at <= anchor.seq && !kept.has(at)) this.#texts.delete(at);
    for (const { key, last, at } of [...this.#requests.values()])
      if (last === null ? at <= anchor.at : last <= anchor.seq) this.#requests.delete(key);
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot.seq > anchor.seq);
  }

  async sweep(): Promise<void> {}

  async append({ events, at, request, record }: Append): Promise<readonly Recorded[]> {
    const recorded: Recorded[] = [];
    const texts: [Seq, string][] = [];
    let head = this.#head;
    for (const decided of events) {
      this.#ids += 1;
      const next = seq(head.seq + 1);
      const event = { ...decided, seq: next, id: `id${this.#ids}`, at, request } as Recorded;
      const text = encode({ event, prev: head.hash });
      head = { seq: next, hash: hashOf(text) };
      texts.push([next, text]);
      recorded.push(event);
    }
    // All of it or nothing: what cannot be stored has thrown by now.
    for (const [at, text] of texts) this.#texts.set(at, text);
    if (record) {
      const [first, last] = [recorded[0]?.seq ?? null, recorded.at(-1)?.seq ?? null];
      this.#requests.set(record.key, copied({ ...record, at, first, last }));
    }
    this.#head = head;
    return recorded;
  }

  async *read(query: Query = {}): AsyncGenerator<Recorded> {
    const { after = 0, until = this.#head.seq, process, runKey, reverse = false } = query;
    const seqs = [...this.#texts.keys()].filter((at) => at > after && at <= until);
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    for (const at of reverse ? seqs.reverse() : seqs) {
      const event = (await this.get(at)) as Recorded;
      if (process !== undefined && !('process' in event.data && event.data.process === process))
        continue;
      if (runKey !== undefined && event.runKey !== runKey) continue;
      left -= 1;
      if (left < 0) return;
      yield event;
    }
  }

  async *replay(after: Seq, until: Seq): AsyncGenerator<readonly Recorded[]> {
    for await (const found of this.stored(after, until))
      yield found.map((event) => decode(event.seq, event.text).event);
  }

  async *stored(after: Seq, until: Seq): AsyncGenerator<readonly StoredEvent[]> {
    const found = [...this.#texts].map(([at, text]) => ({ seq: at, text }));
    yield found.filter((event) => event.seq > after && event.seq <= until);
  }

  async get(at: Seq): Promise<Recorded | undefined> {
    const text = this.#texts.get(at);
    return text === undefined ? undefined : decode(at, text).event;
  }

  async request(key: RequestKey): Promise<RequestRecord | undefined> {
    return this.#requests.get(key);
  }

  async *requests(): AsyncGenerator<RequestRecord> {
    for (const key of [...this.#requests.keys()].sort())
      yield this.#requests.get(key) as RequestRecord;
  }

  async seqAt(ms: number): Promise<Seq> {
    let found = seq(0);
    const after = this.#anchor?.seq ?? seq(0);
    for await (const event of this.read({ after })) if (event.at <= ms) found = event.seq;
    return found;
  }

  async saveSnapshot(snapshot: Snapshot & { readonly shape: string }): Promise<void> {
    if (!this.#texts.has(snapshot.seq)) return;
    this.#snapshots = [copied(snapshot), ...this.#snapshots].slice(0, 2);
  }

  async latestSnapshot(shape: string, until = this.#head.seq): Promise<Snapshot | undefined> {
    const fits = this.#snapshots.filter((found) => found.shape === shape && found.seq <= until);
    const newest = fits.sort((a, b) => b.seq - a.seq)[0];
    return newest && copied({ seq: newest.seq, state: newest.state });
  }

  async close(): Promise<void> {}
}

/** A log of events that have happened. */
export const logOf = async (events: readonly Recorded[]): Promise<MemoryLog> => {
  const log = new MemoryLog();
  for (const event of events)
    await log.append({
      events: [event],
      at: event.at,
      request: event.request,
      record: null,
      durable: false,
    });
  return log;
};

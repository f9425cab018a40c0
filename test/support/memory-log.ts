import type { Recorded } from '../../src/domain/event.js';
import { type RequestKey, type Seq, seq } from '../../src/domain/ids.js';
import { decode, encode } from '../../src/log/codec.js';
import type {
  Append,
  EventLog,
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
  #snapshots: readonly { seq: Seq; shape: string; state: unknown }[] = [];
  #head: Head = { seq: seq(0), hash: genesis(this.#identity) };
  #ids = 0;

  head(): Head {
    return this.#head;
  }

  home(): LogIdentity {
    return this.#identity;
  }

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

  async *stored(until: Seq): AsyncGenerator<readonly StoredEvent[]> {
    const found = [...this.#texts].map(([at, text]) => ({ seq: at, text }));
    yield found.filter((event) => event.seq <= until);
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
    for await (const event of this.read()) if (event.at <= ms) found = event.seq;
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

import { seq } from '../../src/domain/ids.js';
import type { EventLog, Head } from '../../src/log/event-log.js';
import { genesis } from '../../src/log/hash.js';
import * as keys from '../../src/log/keys.js';
import { FORMAT, LevelLog } from '../../src/log/level-log.js';
import type { Database, Operation } from '../../src/log/writer.js';

type Change = readonly [key: string, value: string | null];

interface Written {
  readonly changes: readonly Change[];
  readonly synced: boolean;
}

/** How one life of the daemon reaches the disk. Nothing is written or answered once it is dead. */
export interface DiskAccess {
  /** Performs a write and resolves when the daemon learns of it. */
  write(synced: boolean, apply: () => void): Promise<void>;
  read<T>(look: () => T): Promise<T>;
}

const IDENTITY = { id: 'simulated', createdAt: 0, format: FORMAT };

/** A LevelDB that keeps its promises: batches are whole, and what was synced outlives the power. */
export class Disk {
  #written: Written[] = [{ changes: [[keys.HOME, JSON.stringify(IDENTITY)]], synced: true }];
  #map = new Map<string, string>(this.#written[0]!.changes as [string, string][]);
  #ids = 0;
  readonly #told: (changes: readonly Change[]) => void;

  /** `told` hears of every batch that is written. */
  constructor(told: (changes: readonly Change[]) => void) {
    this.#told = told;
  }

  get(key: string): string | undefined {
    return this.#map.get(key);
  }

  /** Texts of a range of keys, in order of their keys. */
  entries(range: keys.KeyRange & { readonly reverse?: boolean; readonly limit?: number }) {
    const { gt = '', gte = '', lt = '\uffff', lte = '\uffff', reverse, limit = -1 } = range;
    const inside = (key: string): boolean => key > gt && key >= gte && key < lt && key <= lte;
    const found = [...this.#map].filter(([key]) => inside(key));
    found.sort(([one], [other]) => (one < other ? -1 : 1));
    if (reverse) found.reverse();
    return limit < 0 ? found : found.slice(0, limit);
  }

  apply(changes: readonly Change[], synced: boolean): void {
    this.#written.push({ changes, synced });
    this.#told(changes);
    for (const [key, value] of changes) {
      if (value === null) this.#map.delete(key);
      else this.#map.set(key, value);
    }
  }

  /**
   * The power fails: of what was written after the last sync only a beginning is left. Returns how many
   * batches were lost.
   */
  losePower(share: number): number {
    const synced = this.#written.findLastIndex((batch) => batch.synced) + 1;
    const unsynced = this.#written.length - synced;
    const lost = Math.floor(unsynced * share);
    const left = this.#written.slice(0, this.#written.length - lost);
    this.#written = [];
    this.#map = new Map();
    // What is left was read back from the disk: it is there to stay.
    for (const { changes } of left) this.apply(changes, true);
    return lost;
  }

  /** The real log on this disk. */
  open(access: DiskAccess): EventLog {
    const text = this.get(keys.HEAD);
    const head = text ? (JSON.parse(text) as Head) : { seq: seq(0), hash: genesis(IDENTITY) };
    const newId = (): string => {
      this.#ids += 1;
      return `e${this.#ids}`;
    };
    const opened = { identity: IDENTITY, head, anchor: null, newId, mark: null };
    return new LevelLog(this.#database(access), opened);
  }

  #database(access: DiskAccess): Database {
    const iterator = (range: keys.KeyRange) => {
      let rest: [string, string][] | null = null;
      const nextv = (count: number) => {
        rest ??= this.entries(range);
        return Promise.resolve(rest.splice(0, count));
      };
      const close = () => Promise.resolve();
      const all = () => this.entries(range);
      return {
        nextv,
        close,
        async *[Symbol.asyncIterator]() {
          yield* all();
        },
      };
    };
    const write = (operations: readonly Operation[], { sync = false } = {}) => {
      const changes = operations.map(
        (each): Change => [each.key, each.type === 'put' ? each.value : null],
      );
      return access.write(sync, () => this.apply(changes, sync));
    };
    const batch = () => {
      const operations: Operation[] = [];
      const chained = {
        put: (key: string, value: string) => {
          operations.push({ type: 'put', key, value });
          return chained;
        },
        del: (key: string) => {
          operations.push({ type: 'del', key });
          return chained;
        },
        write: (options: { sync?: boolean }) => write(operations, options),
      };
      return chained;
    };
    const database = {
      batch,
      put: (key: string, value: string, options: { sync?: boolean }) =>
        write([{ type: 'put', key, value }], options),
      get: (key: string) => access.read(() => this.get(key)),
      getMany: (wanted: readonly string[]) => access.read(() => wanted.map((key) => this.get(key))),
      iterator,
      keys: (range: keys.KeyRange) => ({
        all: () => Promise.resolve(this.entries(range).map(([key]) => key)),
      }),
      close: () => Promise.resolve(),
    };
    // What LevelLog uses of a database, and no more.
    return database as unknown as Database;
  }
}

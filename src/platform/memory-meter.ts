import { type ProcessTable, scan } from './proc.js';
import { countedTrees, residentBytes, type UsageOf } from './usage.js';

/** Of so many looks one reads everything. */
const WHOLE_LOOK_EVERY = 12;

/**
 * Measures the resident memory of the same runs again and again. A look reads their members and whoever is new: no
 * other process ever gets into a run. Only a pid that a stranger had at the last look and a member has now is missed,
 * until the next look at everything.
 */
export class MemoryMeter<Key> {
  readonly #scan: typeof scan;
  #table: ProcessTable = new Map();
  #members: ReadonlySet<number> = new Set();
  #runs: ReadonlyMap<Key, UsageOf> = new Map();
  #looks = 0;

  constructor(look: typeof scan = scan) {
    this.#scan = look;
  }

  /** Bytes by run, what its processes share counted for each; a run whose program is gone is left out. */
  read(runs: ReadonlyMap<Key, UsageOf>): ReadonlyMap<Key, number> {
    // Whoever belongs to a run that is new here was a stranger until now, and read long ago.
    const isWhole =
      this.#looks % WHOLE_LOOK_EVERY === 0 || [...runs.keys()].some((key) => !this.#runs.has(key));
    this.#looks += 1;
    const before = this.#table;
    const known = (pid: number) => (this.#members.has(pid) ? undefined : before.get(pid));
    this.#table = isWhole ? this.#scan() : this.#scan(known);
    this.#runs = runs;
    const trees = [...countedTrees(runs, this.#table)];
    this.#members = new Set(trees.flatMap(([, { members }]) => members.map(({ pid }) => pid)));
    return new Map(trees.map(([key, { members }]) => [key, residentBytes(members)]));
  }
}

import { type ProcessTable, scan } from './proc.js';
import { type CountedTree, countedTrees, type UsageOf } from './usage.js';

/** Of so many looks one reads everything. */
const WHOLE_LOOK_EVERY = 12;

/**
 * Looks at the same runs again and again. A look reads their members and whoever is new: no other process ever gets
 * into a run. Only a pid that a stranger had at the last look and a member has now is missed, until the next look at
 * everything.
 */
export class TreeMeter<Key> {
  readonly #scan: typeof scan;
  #table: ProcessTable = new Map();
  #members: ReadonlySet<number> = new Set();
  #runs: ReadonlyMap<Key, UsageOf> = new Map();
  #looks = 0;

  constructor(look: typeof scan = scan) {
    this.#scan = look;
  }

  /** What is counted for each run now; a run whose program is gone is left out. */
  look(runs: ReadonlyMap<Key, UsageOf>): ReadonlyMap<Key, CountedTree> {
    // Whoever belongs to a run that is new here was a stranger until now, and read long ago.
    const isWhole =
      this.#looks % WHOLE_LOOK_EVERY === 0 || [...runs].some(([key, run]) => this.#isNew(key, run));
    this.#looks += 1;
    const before = this.#table;
    const known = (pid: number) => (this.#members.has(pid) ? undefined : before.get(pid));
    this.#table = isWhole ? this.#scan() : this.#scan(known);
    this.#runs = runs;
    const trees = countedTrees(runs, this.#table);
    this.#members = new Set(
      [...trees.values()].flatMap(({ members }) => members.map(({ pid }) => pid)),
    );
    return trees;
  }

  #isNew(key: Key, { program }: UsageOf): boolean {
    const before = this.#runs.get(key)?.program;
    return before?.pid !== program.pid || before.startTicks !== program.startTicks;
  }
}

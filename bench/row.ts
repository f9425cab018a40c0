import type { Bench } from './bench.js';
import type { Goal } from './model.js';

/** One line of the table: a piece of work that everybody does in turn. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** What is done, and how it is seen from outside. */
  readonly method: string;
  readonly goals: readonly Goal[];
  run(bench: Bench): Promise<void>;
}

import type { Bench } from './bench.js';
import type { Goal } from './model.js';

/** One line of the table: a piece of work that everybody does in turn. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** What is done, and how it is seen from outside. */
  readonly method: string;
  readonly goals: readonly Goal[];
  /** About how long a whole run of it takes; it may take twice as long before it is ended. */
  readonly minutes: number;
  /** What its samples count as their size, where the row tells how something grows. */
  readonly grows?: {
    readonly with: 'programs' | 'events';
    /** Why a series grows faster than that. */
    readonly because: Readonly<Record<string, string>>;
  };
  run(bench: Bench): Promise<void>;
}

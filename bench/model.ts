import type { Bench } from './bench.js';

/** Who does the work: opm, a peer, or the bare operating system. */
export type Subject = 'floor' | 'opm' | 'PM2' | 'supervisor' | 'runit';

export type Unit = 'ms' | 'MB' | 'kB' | 'bytes' | 'files' | 'events/s' | 'programs' | 'syscalls';

export interface Sample {
  readonly row: string;
  readonly series: string;
  readonly subject: Subject;
  readonly unit: Unit;
  readonly value: number;
}

/** What opm aims at: so many times the floor, or a plain figure in the unit of the series. */
export type Goal =
  | { readonly series: string; readonly timesFloor: number }
  | { readonly series: string; readonly atMost: number }
  | { readonly series: string; readonly atLeast: number };

/** One line of the table: a piece of work that everybody does in turn. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** What is done, and how it is seen from outside. */
  readonly method: string;
  readonly goals: readonly Goal[];
  run(bench: Bench): Promise<void>;
}

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

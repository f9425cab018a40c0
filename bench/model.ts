/** Who does the work: opm, a peer, or the bare operating system. */
export type Subject = 'floor' | 'opm' | 'PM2' | 'supervisor' | 'runit';

export type Unit =
  | 'ms'
  | 'MB'
  | 'kB'
  | 'bytes'
  | 'files'
  | 'events/s'
  | 'programs'
  | 'syscalls'
  | 'faults';

export interface Sample {
  readonly row: string;
  readonly series: string;
  readonly subject: Subject;
  readonly unit: Unit;
  readonly value: number;
  /** For how many programs or events, in a row that grows; otherwise null. */
  readonly size: number | null;
}

/** What opm aims at: so many times the floor, or a plain figure in the unit of the series. */
export type Goal = {
  readonly series: string;
  /** What keeps opm from it, for the reader of a goal that was missed. */
  readonly boundedBy?: string;
} & ({ readonly timesFloor: number } | { readonly atMost: number } | { readonly atLeast: number });

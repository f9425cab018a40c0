import type { Recorded } from '../../domain/event.js';
import type { ProcessId, RequestKey, Seq } from '../../domain/ids.js';
import type { RunHistory } from '../run-history.js';
import type { Mark } from '../run-record.js';

export type IncidentKind =
  | 'duplicate-suppressed'
  | 'request-repeated'
  | 'restore-joined'
  | 'launch-retried'
  | 'daemon-died'
  | 'daemon-replaced'
  | 'new-epoch'
  | 'run-lost'
  | 'orphan-adopted'
  | 'stray-ended'
  | 'runs-overlap'
  | 'program-shared'
  | 'crash-loop'
  | 'flapping'
  | 'clock-jump';

/**
 * `prevented`: it could have doubled a program, and did not. `notice`: worth knowing when reading on.
 * `trouble`: something is or was wrong.
 */
export type Severity = 'prevented' | 'notice' | 'trouble';

/** Something of a history that explains a duplicate start, or why there was none. Times in epoch ms. */
export interface Incident {
  readonly kind: IncidentKind;
  readonly severity: Severity;
  readonly processes: readonly ProcessId[];
  /** The events that prove it, in their order. */
  readonly seqs: readonly Seq[];
  readonly from: number;
  readonly to: number;
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
}

/** What incidents are found in: the lives of runs and daemons, and the rare events that belong to none. */
export interface Past {
  readonly history: RunHistory;
  readonly rare: readonly RareEvent[];
  /** The first event of each request. */
  readonly asked: ReadonlyMap<RequestKey, Mark>;
}

export const RARE_EVENTS = [
  'DuplicateSuppressed',
  'RequestRepeated',
  'SpawnAbandoned',
  'StrayEnded',
] as const satisfies readonly Recorded['type'][];

export type RareEvent = Extract<Recorded, { type: (typeof RARE_EVENTS)[number] }>;

export type Detector = (past: Past) => readonly Incident[];

/** An incident from the events that prove it. */
export const incidentOf = (
  proofs: readonly { readonly seq: Seq; readonly at: number }[],
  facts: Omit<Incident, 'seqs' | 'from' | 'to'>,
): Incident => {
  const marks = [...proofs].sort((a, b) => a.seq - b.seq);
  return {
    ...facts,
    seqs: [...new Set(marks.map(({ seq }) => seq))],
    from: marks[0]?.at ?? 0,
    to: marks.at(-1)?.at ?? 0,
  };
};

/** Events of one key that follow each other closely, together. */
export const inBursts = <T extends { readonly at: number }>(
  items: Iterable<T>,
  keyOf: (item: T) => unknown,
  maxGapMs: number,
): readonly (readonly T[])[] => {
  const bursts: T[][] = [];
  const open = new Map<unknown, T[]>();
  for (const item of items) {
    const burst = open.get(keyOf(item));
    const last = burst?.at(-1);
    if (burst && last && item.at - last.at <= maxGapMs) burst.push(item);
    else {
      const fresh = [item];
      open.set(keyOf(item), fresh);
      bursts.push(fresh);
    }
  }
  return bursts;
};

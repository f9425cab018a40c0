import { readFileSync } from 'node:fs';
import type { Sample } from './model.js';
import { rows } from './rows/rows.js';
import { linesOf } from './summary.js';

/** A bound on one line of a row: times the floor, or in the line's own unit. */
export interface Bound {
  readonly row: string;
  readonly series: string;
  readonly timesFloor?: number;
  readonly atMost?: number;
}

/** The bounds that every change is held against. */
export const readBudget = (): readonly Bound[] =>
  JSON.parse(readFileSync(new URL('./budget.json', import.meta.url), 'utf8')) as Bound[];

/** How a bound stands: what was measured, or null when nothing was. */
export interface Standing {
  readonly bound: Bound;
  readonly value: number | null;
  readonly kept: boolean;
}

/** Each bound against what was measured. The least of the rounds counts: others may be busy, never the other way. */
export const compare = (
  budget: readonly Bound[],
  samples: readonly Sample[],
): readonly Standing[] =>
  budget.map((bound) => {
    const row = rows.find(({ name }) => name === bound.row);
    const line = row && linesOf(row, samples).find(({ series }) => series === bound.series);
    const opm = line?.cells.find(({ subject }) => subject === 'opm');
    const floor = line?.cells.find(({ subject }) => subject === 'floor');
    if (!opm || (bound.timesFloor !== undefined && !floor))
      return { bound, value: null, kept: false };
    const value = bound.timesFloor === undefined ? opm.low : opm.low / floor!.low;
    return { bound, value, kept: value <= (bound.timesFloor ?? bound.atMost ?? 0) };
  });

import type { Goal, Sample, Subject, Unit } from './model.js';
import type { Row } from './row.js';
import { type Summary, summarize } from './stats.js';

/** One contestant's result. */
export interface Cell extends Summary {
  readonly subject: Subject;
  /** Median over the floor's, or null where there is no floor. */
  readonly timesFloor: number | null;
}

/** One line of a row's table. */
export interface Line {
  readonly row: string;
  readonly series: string;
  /** For how many programs or events; null in a row that does not grow. */
  readonly size: number | null;
  /** Series and size in words. */
  readonly label: string;
  readonly unit: Unit;
  readonly cells: readonly Cell[];
  readonly goal: Goal | null;
  /** Null where there is no goal. */
  readonly reached: boolean | null;
}

const ORDER: readonly Subject[] = ['floor', 'opm', 'PM2', 'supervisor', 'runit'];

/** Counted programs are summed over the trials: one that is doubled is one too many. */
const isReached = (goal: Goal, unit: Unit, opm: Cell): boolean => {
  const value = unit === 'programs' ? opm.total : opm.median;
  if ('atMost' in goal) return value <= goal.atMost;
  if ('atLeast' in goal) return value >= goal.atLeast;
  return opm.timesFloor !== null && opm.timesFloor <= goal.timesFloor;
};

const labelOf = (row: Row, { series, size }: Sample): string =>
  size === null ? series : `${series}, ${figure(size)} ${row.grows?.with ?? ''}`;

const lineOf = (row: Row, label: string, samples: readonly Sample[]): Line => {
  const { series, size, unit } = samples[0]!;
  const valuesOf = (subject: Subject) =>
    samples.filter((sample) => sample.subject === subject).map(({ value }) => value);
  const floor = valuesOf('floor');
  const floorMedian = floor.length > 0 ? summarize(floor).median : null;
  const cells = ORDER.filter((subject) => valuesOf(subject).length > 0).map((subject): Cell => {
    const summary = summarize(valuesOf(subject));
    const timesFloor = floorMedian === null ? null : summary.median / floorMedian;
    return { subject, ...summary, timesFloor };
  });
  const goal = row.goals.find((candidate) => candidate.series === series) ?? null;
  const opm = cells.find(({ subject }) => subject === 'opm');
  const reached = goal && opm ? isReached(goal, unit, opm) : null;
  return { row: row.name, series, size, label, unit, cells, goal, reached };
};

/** The lines of a row, in the order in which their series were first measured. */
export const linesOf = (row: Row, samples: readonly Sample[]): readonly Line[] => {
  const own = samples.filter((sample) => sample.row === row.name);
  const labels = [...new Set(own.map((sample) => labelOf(row, sample)))];
  return labels.map((label) =>
    lineOf(
      row,
      label,
      own.filter((sample) => labelOf(row, sample) === label),
    ),
  );
};

/** A figure with as many digits as it deserves. */
export const figure = (value: number): string => {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: digits });
};

/** What opm aims at, in words. */
export const goalText = (goal: Goal, unit: Unit): string => {
  if ('atMost' in goal) return `${figure(goal.atMost)} ${unit}`;
  if ('atLeast' in goal) return `≥ ${figure(goal.atLeast)} ${unit}`;
  return `${goal.timesFloor}× floor`;
};

/** What stands for a contestant: the median; of counted programs the sum over all trials. */
export const shownValue = ({ unit }: Line, { median, total }: Cell): number =>
  unit === 'programs' ? total : median;

/** Whether one result is better than another: less, but for what is counted per second. */
export const isBetter = (line: Line, cell: Cell, other: Cell): boolean => {
  const difference = shownValue(line, cell) - shownValue(line, other);
  return line.unit === 'events/s' ? difference > 0 : difference < 0;
};

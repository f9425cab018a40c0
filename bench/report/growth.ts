import type { Row } from '../row.js';
import { figure, type Line } from '../summary.js';
import { cellOf } from './describe.js';

/** Noise alone makes a line that grows in step look a little steeper. */
const LINEAR_UP_TO = 1.1;

/** How one series grows: its medians by size, and the exponent of the power of the size that they follow. */
export interface Growth {
  readonly series: string;
  readonly unit: string;
  readonly bySize: ReadonlyMap<number, number>;
  /** Between the smallest size and the largest. */
  readonly overall: number;
  /** Between the two largest sizes, where what is fixed matters least. */
  readonly last: number;
}

/** The exponent of the power that leads from one point to another: 1 in step, 2 with the square, 0 not at all. */
const exponent = (from: readonly [number, number], to: readonly [number, number]): number =>
  Math.log(to[1] / from[1]) / Math.log(to[0] / from[0]);

/** How each series that was measured at two sizes or more grows, of times and memory; rates do not count. */
export const growthOf = (lines: readonly Line[]): readonly Growth[] => {
  const names = [...new Set(lines.map(({ series }) => series))];
  return names.flatMap((series) => {
    const points = lines.flatMap((line): (readonly [number, number])[] => {
      const median = cellOf(line, 'opm')?.median;
      const counts = line.series === series && line.size !== null && line.unit !== 'events/s';
      return counts && median !== undefined ? [[line.size, median]] : [];
    });
    const sorted = points.sort(([a], [b]) => a - b);
    if (sorted.length < 2) return [];
    const [first, beforeLast, last] = [sorted[0]!, sorted.at(-2)!, sorted.at(-1)!];
    const { unit } = lines.find((line) => line.series === series)!;
    return {
      series,
      unit,
      bySize: new Map(sorted),
      overall: exponent(first, last),
      last: exponent(beforeLast, last),
    };
  });
};

/** By the last step: over the whole range what is fixed hides how the rest grows. */
export const isLinear = ({ last }: Growth): boolean => last <= LINEAR_UP_TO;

const judged = (row: Row, growth: Growth): string => {
  if (isLinear(growth)) return 'linear or better';
  const why = row.grows?.because[growth.series];
  return `**faster than linear**${why ? `: ${why}` : ''}`;
};

/** A table of how opm grows, sizes as columns; empty for a row that does not grow, or was not measured twice. */
export const growthTable = (row: Row, lines: readonly Line[]): string => {
  const growths = growthOf(lines);
  if (!row.grows || growths.length === 0) return '';
  const sizes = [...new Set(growths.flatMap(({ bySize }) => [...bySize.keys()]))];
  sizes.sort((a, b) => a - b);
  const head = [row.grows.with, ...sizes.map(figure), 'exponent', 'of the last step', ''];
  const body = growths.map((growth) => [
    `${growth.series}, ${growth.unit}`,
    ...sizes.map((size) => {
      const value = growth.bySize.get(size);
      return value === undefined ? '–' : figure(value);
    }),
    growth.overall.toFixed(2),
    growth.last.toFixed(2),
    judged(row, growth),
  ]);
  const rule = head.map((_, i) => (i === 0 || i === head.length - 1 ? '---' : '--:'));
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

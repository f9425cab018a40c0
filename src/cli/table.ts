import { styleText } from 'node:util';
import measure from 'fast-string-truncated-width';

export type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'cyan';

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string | Cell;
  readonly align?: 'right';
  /** How readily it is left out when the terminal is narrow: the highest goes first; 0 never. */
  readonly drops?: number;
  /** How readily it shrinks when leaving out was not enough: the highest shrinks first; 0 never. */
  readonly gives?: number;
}

const MIN_WIDTH = 4;
const GAP = '  ';

/** Whether to colour: on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb; FORCE_COLOR always. */
export const coloured = (stream: NodeJS.WriteStream = process.stdout): boolean => {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '0') return true;
  return Boolean(stream.isTTY) && TERM !== 'dumb';
};

export const paint = (text: string, style: Style | undefined, colour: boolean): string =>
  style && colour ? styleText(style, text, { validateStream: false } as never) : text;

/** Whether every character takes one column. Most texts are plain, and a long table has thousands. */
const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** Columns of the terminal that a text takes: 2 for a Chinese character, 0 for an accent of its own. */
const widthOf = (text: string): number => (isPlain(text) ? text.length : measure(text).width);

const shortened = (text: string, width: number): string =>
  `${text.slice(0, measure(text, { limit: width, ellipsis: '…' }).index)}…`;

/** A text cut or padded to a width, in columns of the terminal. */
export const sized = (text: string, width: number, align?: 'right'): string => {
  const cut = widthOf(text) > width ? shortened(text, width) : text;
  const padding = ' '.repeat(Math.max(0, width - widthOf(cut)));
  return align === 'right' ? padding + cut : cut + padding;
};

/** A column with its cells and its width, in columns of the terminal. */
interface Measured<T> {
  readonly column: Column<T>;
  readonly cells: readonly Cell[];
  width: number;
}

const measured = <T>(rows: readonly T[], column: Column<T>): Measured<T> => {
  const cells = rows.map((row): Cell => {
    const value = column.cell(row);
    return typeof value === 'string' ? { text: value } : value;
  });
  const width = cells.reduce(
    (widest, { text }) => Math.max(widest, widthOf(text)),
    widthOf(column.head),
  );
  return { column, cells, width };
};

const excessOf = <T>(columns: readonly Measured<T>[], room: number): number =>
  columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - room;

/** The columns that a terminal has room for, the last ones standing narrowed where they may be. */
const fitted = <T>(columns: readonly Measured<T>[], room: number): readonly Measured<T>[] => {
  let kept = columns;
  const droppable = columns
    .filter(({ column }) => column.drops)
    .sort((a, b) => b.column.drops! - a.column.drops!);
  for (const gone of droppable) {
    if (excessOf(kept, room) <= 0) return kept;
    kept = kept.filter((one) => one !== gone);
  }
  const narrowable = kept
    .filter(({ column }) => column.gives)
    .sort((a, b) => b.column.gives! - a.column.gives!);
  for (const one of narrowable)
    one.width = Math.max(MIN_WIDTH, one.width - Math.max(0, excessOf(kept, room)));
  return kept;
};

/** A table as text, as wide as the terminal at most; unbounded where there is none. */
export const renderTable = <T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  options: {
    readonly width?: number | undefined;
    readonly colour?: boolean;
  } = {},
): string => {
  const colour = options.colour ?? coloured();
  // A terminal that was never told its size says 0.
  const room = options.width ?? (process.stdout.columns || Number.POSITIVE_INFINITY);
  const shown = fitted(
    columns.map((column) => measured(rows, column)),
    room,
  );
  const heads = shown.map(({ column, width }) =>
    paint(sized(column.head, width, column.align), 'bold', colour),
  );
  const lines = rows.map((_, row) =>
    shown.map(({ column, cells, width }) => {
      const { text, style } = cells[row]!;
      return paint(sized(text, width, column.align), style, colour);
    }),
  );
  return [heads, ...lines].map((line) => line.join(GAP).trimEnd()).join('\n');
};

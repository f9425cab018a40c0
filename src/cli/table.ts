import { styleText } from 'node:util';

export type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'cyan';

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string | Cell;
  readonly align?: 'right';
  /** How readily it gives way when the terminal is narrow: the highest shrinks first; 0 never. */
  readonly gives?: number;
}

const MIN_WIDTH = 4;

/** Whether to colour: on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb; FORCE_COLOR always. */
export const coloured = (stream: NodeJS.WriteStream = process.stdout): boolean => {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '0') return true;
  return Boolean(stream.isTTY) && TERM !== 'dumb';
};

export const paint = (text: string, style: Style | undefined, colour: boolean): string =>
  style && colour ? styleText(style, text, { validateStream: false } as never) : text;

const sized = (text: string, width: number, align: 'right' | undefined): string => {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
};

const shrink = <T>(columns: readonly Column<T>[], widths: number[], room: number): void => {
  const order = columns
    .map((column, index) => ({ index, gives: column.gives ?? 0 }))
    .filter(({ gives }) => gives > 0)
    .sort((a, b) => b.gives - a.gives);
  for (const { index } of order) {
    const excess = widths.reduce((sum, width) => sum + width + 2, -2) - room;
    if (excess <= 0) return;
    widths[index] = Math.max(MIN_WIDTH, widths[index]! - excess);
  }
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
  const room = options.width ?? process.stdout.columns ?? Number.POSITIVE_INFINITY;
  const cells = rows.map((row) =>
    columns.map(({ cell }): Cell => {
      const value = cell(row);
      return typeof value === 'string' ? { text: value } : value;
    }),
  );
  const widths = columns.map(({ head }, i) =>
    cells.reduce((widest, line) => Math.max(widest, line[i]!.text.length), head.length),
  );
  shrink(columns, widths, room);
  const heads = columns.map(({ head, align }, i) =>
    paint(sized(head, widths[i]!, align), 'bold', colour),
  );
  const lines = cells.map((line) =>
    line.map(({ text, style }, i) =>
      paint(sized(text, widths[i]!, columns[i]!.align), style, colour),
    ),
  );
  return [heads, ...lines].map((line) => line.join('  ').trimEnd()).join('\n');
};

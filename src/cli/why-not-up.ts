import type { Row } from '../projections/process-table.js';
import { lastLinesOf } from './run-output.js';
import { isUp } from './settle.js';

const LINES = 10;

/** For each process that should be up and is not: what is known of why, and its last error output. Empty when all are. */
export const whyNotUp = (logsFolder: string, rows: readonly Row[]): string =>
  rows
    .filter((row) => !isUp(row))
    .map((row) => {
      const lines = lastLinesOf(logsFolder, row.logs.error, { from: null, to: null }, LINES);
      const problem = row.problem === null ? [] : [`${row.name}: ${row.problem}`];
      const output = lines.length > 0 ? [`${row.name}, last error output:`, ...lines] : [];
      return [...problem, ...output].join('\n');
    })
    .filter((text) => text !== '')
    .join('\n\n');

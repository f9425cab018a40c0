import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readBudget } from './budget.js';
import type { Row } from './row.js';
import { rows } from './rows/rows.js';

/** A command line that cannot be carried out, in words for who typed it. */
export class UsageError extends Error {}

export interface Options {
  readonly help: boolean;
  readonly rows: readonly Row[];
  readonly quick: boolean;
  /** Hold what is measured against budget.json. */
  readonly check: boolean;
  /** File for every sample, or null. */
  readonly json: string | null;
  /** Folder for the page and its charts, or null for the docs of a whole run. */
  readonly out: string | null;
  /** The command that repeats this. */
  readonly command: string;
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        only: { type: 'string', multiple: true },
        json: { type: 'string' },
        out: { type: 'string' },
        quick: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const rowsNamed = (names: readonly string[]): readonly Row[] => {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0) {
    const known = rows.map(({ name }) => name).join(', ');
    throw new UsageError(`no row ${unknown.join(', ')}; there are ${known}`);
  }
  return rows.filter(({ name }) => names.includes(name));
};

/** What a command line asks for. Throws UsageError. Files are found from where the command was typed. */
export const readOptions = (args: readonly string[], cwd: string): Options => {
  const { help, only, json, out, quick, check } = parse(args);
  const budgeted = check ? readBudget().map(({ row }) => row) : undefined;
  const names = only ?? budgeted;
  const path = (name: string | undefined) => (name === undefined ? null : resolve(cwd, name));
  return {
    help,
    rows: names ? rowsNamed(names) : rows,
    quick: quick || check,
    check,
    json: path(json),
    out: path(out),
    command: `npm run bench${args.length > 0 ? ` -- ${args.join(' ')}` : ''}`,
  };
};

/** The help text: options, rows and what they take. */
export const helpText = (): string => {
  const minutes = rows.reduce((sum, row) => sum + row.minutes, 0);
  const list = rows.map((row) => `  ${row.name.padEnd(12)}${row.title}, ${row.minutes} min`);
  return `npm run bench -- [options]

opm, the floor and every peer that is installed do the same work in turn. A whole run takes about
${Math.round(minutes)} minutes and writes docs/benchmarks.md with a chart for each row.

  --only NAME   this row alone; may be repeated
  --quick       few rounds and small sizes: whether it works at all
  --check       hold the rows of bench/budget.json against it; ends with 1 when a bound is broken
  --json FILE   write every sample
  --out FOLDER  write the page there, of whatever was run
  --help        this text

Examples:
  npm run bench
  npm run bench -- --only list --only start
  npm run bench -- --quick --out /tmp/bench --json /tmp/bench.json
  npm run bench -- --check

Rows:
${list.join('\n')}`;
};

import { LEVELS, type Level } from '../daemon/journal.js';
import { formatTime } from './format.js';
import type { LinePrinter } from './log-printer.js';
import type { TimedLine } from './log-query.js';
import { Output } from './output.js';
import { coloured, paint, type Style } from './table.js';

interface Entry {
  readonly time: string | null;
  readonly level: Level;
  readonly message: string;
  readonly pid?: number;
}

const STYLES: Readonly<Record<Level, Style>> = {
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
};

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' &&
  value !== null &&
  'message' in value &&
  (LEVELS as readonly unknown[]).includes((value as { level?: unknown }).level);

/** A line of the journal. What is no entry was printed by a daemon that crashed. */
export const parseEntry = (line: string): Entry => {
  try {
    const value: unknown = JSON.parse(line);
    if (isEntry(value)) return value;
  } catch {
    // Told below as it stands.
  }
  return { time: null, level: 'error', message: line };
};

export const isAtLeast = (line: string, level: Level): boolean =>
  LEVELS.indexOf(parseEntry(line).level) >= LEVELS.indexOf(level);

const factText = (value: unknown): string => {
  if (typeof value === 'object' && value !== null && 'stack' in value) return String(value.stack);
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** An entry as one line, with its facts behind it: `2026-01-31 12:00:00.000  warn  log not rotated  log=web-out.log`. */
export const entryLine = (line: string, colour: boolean): string => {
  const { time, level, message, pid: _, ...facts } = parseEntry(line);
  if (time === null) return message;
  const details = Object.entries(facts).map(([key, value]) => `${key}=${factText(value)}`);
  const word = paint(level.padEnd(5), STYLES[level], colour);
  return [formatTime(Date.parse(time)), word, message, ...details].join('  ');
};

/** Prints the daemon's journal, for people or as its JSON. */
export class JournalPrinter implements LinePrinter {
  readonly #json: boolean;
  readonly #colour = coloured();
  readonly #output = new Output();

  constructor(json: boolean) {
    this.#json = json;
  }

  print({ bytes }: TimedLine): void {
    const line = bytes.toString();
    const text = this.#json ? JSON.stringify(parseEntry(line)) : entryLine(line, this.#colour);
    this.#output.write(Buffer.from(`${text}\n`));
  }

  flush(): void {
    this.#output.flush();
  }
}

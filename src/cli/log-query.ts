import type { LogStream } from '../platform/log-stream.js';
import { type LogLine, lastLines, type Range, readLines } from './log-lines.js';
import { guessTimes, ownTime } from './log-time.js';

/** One stream of one process, as lines are asked from it. */
export interface LogSource {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly stream: 'out' | 'error';
  readonly log: LogStream;
  /** The bytes that are wanted; null for all that are kept. */
  readonly range: Range | null;
}

/** A line, whose it is, and when it was written. */
export interface TimedLine extends LogLine {
  readonly source: LogSource;
  /** Epoch ms. */
  readonly at: number;
  /** Whether the time is a guess: the line has none of its own. */
  readonly guessed: boolean;
}

export interface LogQuery {
  /** How many of the last lines of each source; null for all. */
  readonly lines: number | null;
  readonly since: number | null;
  readonly until: number | null;
  /** What the text of a line must be. */
  readonly text: ((line: string) => boolean) | null;
}

/** Gives lines their times. What has none of its own was written with the line before it (a stack trace). */
const timed = (source: LogSource): ((line: LogLine) => TimedLine) => {
  const guess = guessTimes(source.log);
  let last: number | null = null;
  return (line) => {
    const own = ownTime(line.bytes);
    last = own ?? last;
    return { ...line, source, at: last ?? guess(line.position), guessed: own === null };
  };
};

export const isWanted = (query: LogQuery, line: TimedLine): boolean => {
  const { since, until, text } = query;
  if (since !== null && line.at < since) return false;
  if (until !== null && line.at > until) return false;
  return text === null || text(line.bytes.toString());
};

const rangeOf = ({ log, range }: LogSource): Range => {
  const kept = log.bounds();
  if (range === null) return kept;
  return { from: Math.max(kept.from, range.from), to: Math.min(kept.to, range.to) };
};

/** Archives that were finished before the time need not be read. */
const skipOld = ({ log }: LogSource, range: Range, since: number | null): Range => {
  if (since === null) return range;
  const old = log.anchors().findLast(({ at, position }) => at < since && position < range.to);
  return old ? { ...range, from: Math.max(range.from, old.position) } : range;
};

function* filtered(source: LogSource, query: LogQuery, range: Range): Generator<TimedLine> {
  const withTime = timed(source);
  for (const line of readLines(source.log, range)) {
    const known = withTime(line);
    if (isWanted(query, known)) yield known;
  }
}

/** Lines of one source that a query wants, in order, up to a place in its stream. */
export const linesOf = (
  source: LogSource,
  query: LogQuery,
  to = Number.POSITIVE_INFINITY,
): Iterable<TimedLine> => {
  const kept = rangeOf(source);
  const range = skipOld(source, { ...kept, to: Math.min(kept.to, to) }, query.since);
  const { lines } = query;
  if (lines === null) return filtered(source, query, range);
  if (query.since === null && query.until === null && query.text === null)
    return lastLines(source.log, range, lines).map(timed(source));
  const last: TimedLine[] = [];
  for (const line of filtered(source, query, range)) {
    last.push(line);
    if (last.length > lines) last.shift();
  }
  return last;
};

/** Lines of several sources as one, the earliest first; the order of each source stays. */
export function* mergeLines(sources: readonly Iterable<TimedLine>[]): Generator<TimedLine> {
  const heads = sources.flatMap((lines) => {
    const iterator = lines[Symbol.iterator]();
    const first = iterator.next();
    return first.done ? [] : [{ iterator, line: first.value }];
  });
  while (heads.length > 0) {
    const earliest = heads.reduce((a, b) => (b.line.at < a.line.at ? b : a));
    yield earliest.line;
    const next = earliest.iterator.next();
    if (next.done) heads.splice(heads.indexOf(earliest), 1);
    else earliest.line = next.value;
  }
}

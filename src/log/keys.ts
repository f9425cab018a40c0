import { type ProcessId, type RequestKey, type RunKey, type Seq, seq } from '../domain/ids.js';

/**
 * Every key of the database is text: a letter for the kind, then what is looked up. A number in a key is preceded
 * by how many digits it has (one base-36 digit), so that `29` < `210` as text as 9 < 10 as numbers.
 */
const sortable = (n: number): string => {
  const digits = String(n);
  return digits.length.toString(36) + digits;
};

/** A text in front of something else: its length keeps `ab`+`c` apart from `a`+`bc`. */
const prefixed = (text: string): string => sortable(text.length) + text;

/** A range of keys: from `gt` or `gte` up to `lt` or `lte`. */
export interface KeyRange {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
}

/** `{seq, hash}` of the last event. */
export const HEAD = 'h';
/** What the kept events rest on, when earlier ones were dropped. */
export const ANCHOR = 'a';
/** Id, creation time and format of the log. */
export const HOME = 'm';

export const eventKey = (at: Seq): string => `e${sortable(at)}`;
export const processKey = (process: ProcessId, at: Seq): string =>
  `p${sortable(process)}${sortable(at)}`;
export const runIndexKey = (run: RunKey, at: Seq): string => `r${prefixed(run)}${sortable(at)}`;
export const requestRecordKey = (key: RequestKey): string => `q${key}`;
export const keptStateKey = (at: Seq): string => `b${sortable(at)}`;
export const snapshotKey = (at: Seq): string => `s${sortable(at)}`;

/** All keys of a kind. */
export const all = (kind: 'b' | 'e' | 'p' | 'q' | 'r' | 's'): KeyRange => ({
  gt: kind,
  lt: String.fromCharCode(kind.charCodeAt(0) + 1),
});

/** Seqs above `after` up to and with `until`, of the keys that `keyAt` makes. */
export const between = (keyAt: (at: Seq) => string, after: number, until: number): KeyRange => ({
  gt: keyAt(seq(after)),
  lte: keyAt(seq(until)),
});

const ZERO = '0'.charCodeAt(0);

/** Where the number that starts at `from` ends. */
const endOfNumber = (key: string, from: number): number => {
  const digits = key.charCodeAt(from) - ZERO;
  return from + 1 + (digits <= 9 ? digits : Number.parseInt(key.charAt(from), 36));
};

/** The number that starts at `from`; NaN when there is none. */
const numberAt = (key: string, from: number): number => {
  const end = endOfNumber(key, from);
  let value = end > from + 1 ? 0 : Number.NaN;
  for (let at = from + 1; at < end; at += 1) {
    const digit = key.charCodeAt(at) - ZERO;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  return value;
};

/** Seq of an event, kept state or snapshot key; NaN when it is none. */
export const seqOfKey = (key: string): Seq => seq(numberAt(key, 1));

/** What a `p` key says. */
export const parseProcessKey = (key: string): { process: ProcessId; seq: Seq } => ({
  process: numberAt(key, 1) as ProcessId,
  seq: seq(numberAt(key, endOfNumber(key, 1))),
});

/** What an `r` key says. */
export const parseRunIndexKey = (key: string): { run: RunKey; seq: Seq } => {
  const from = endOfNumber(key, 1);
  const end = from + numberAt(key, 1);
  return { run: key.slice(from, end) as RunKey, seq: seq(numberAt(key, end)) };
};

/** The request key of a `q` key. */
export const requestOfKey = (key: string): RequestKey => key.slice(1) as RequestKey;

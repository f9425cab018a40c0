import type { LogStream } from '../platform/log-stream.js';

/** How far into a line its own time is looked for. */
const HEAD_BYTES = 200;
const ISO =
  /^[^\p{L}\d]{0,3}(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?/u;
const JSON_TIME =
  /"(?:@?timestamp|time|ts|date|at)"\s*:\s*(?:"([^"]{10,40})"|(\d{10,13}(?:\.\d+)?))/;

/** From here on a number counts milliseconds; as seconds it would be the year 5138. */
const FIRST_MS = 1e11;

const parseIso = (match: RegExpExecArray): number | null => {
  const [, year, month, day, clock = '', fraction = '', zone = ''] = match;
  const seconds = clock.length === 5 ? `${clock}:00` : clock;
  const ms = fraction.padEnd(3, '0').slice(0, 3);
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const at = Date.parse(`${year}-${month}-${day}T${seconds}.${ms}${offset}`);
  return Number.isNaN(at) ? null : at;
};

/**
 * The time that a line says it was written at: ISO 8601 or the like at its beginning (local time without a zone), or
 * a field of a JSON line. Epoch ms, or null when it says none.
 */
export const ownTime = (line: Buffer): number | null => {
  const head = line.toString('latin1', 0, HEAD_BYTES);
  if (head.startsWith('{')) {
    const [, text, digits] = JSON_TIME.exec(head) ?? [];
    if (digits !== undefined) return Number(digits) * (Number(digits) >= FIRST_MS ? 1 : 1000);
    const at = text === undefined ? Number.NaN : Date.parse(text);
    return Number.isNaN(at) ? null : at;
  }
  const match = ISO.exec(head);
  return match && parseIso(match);
};

/**
 * Guesses when a byte was written, from the times of the files that hold it: between two known times as far as it
 * lies between their places.
 */
export const guessTimes = (stream: LogStream): ((position: number) => number) => {
  const anchors = stream.anchors();
  return (position) => {
    const after = anchors.findIndex((anchor) => anchor.position >= position);
    const next = anchors[after] ?? anchors.at(-1);
    const before = anchors[after - 1];
    if (!next || !before || next.position === before.position) return next?.at ?? 0;
    const share = (position - before.position) / (next.position - before.position);
    return before.at + Math.max(0, next.at - before.at) * share;
  };
};

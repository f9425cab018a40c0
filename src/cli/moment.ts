import { ClientError } from '../client/client-error.js';

/** A place in the history: an event, or a time in epoch ms. */
export type Moment =
  | { readonly kind: 'seq'; readonly seq: number }
  | { readonly kind: 'time'; readonly at: number };

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const SPAN = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g;
const AGO = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+(?:\s+ago)?$/;
const ISO =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

const agoMs = (text: string): number =>
  [...text.matchAll(SPAN)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  );

const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/** The last time that the clock on the wall showed this; NaN when it never does. */
const clockTime = (text: string, now: number): number => {
  const [, hours, minutes, seconds] = CLOCK.exec(text) ?? [];
  const at = new Date(now);
  at.setHours(Number(hours), Number(minutes), Number(seconds ?? 0), 0);
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return Number.NaN;
  if (at.getTime() > now) at.setDate(at.getDate() - 1);
  return at.getTime();
};

/** A day alone begins at local midnight, as a time without a zone is local: both as `history` prints them. */
const isoTime = (text: string): number => {
  const isDay = text.length === 'yyyy-mm-dd'.length;
  return Date.parse(isDay ? `${text}T00:00` : text.replace(' ', 'T').replace(',', '.'));
};

/**
 * A moment as typed: a seq (`42`), a time (ISO 8601, or `03:00` for the last such one), or how long ago it was (`10m`, `1h30m ago`, `now`).
 *
 * @throws ClientError BAD_TIME
 */
export const parseMoment = (text: string, now = Date.now()): Moment => {
  if (/^\d+$/.test(text)) return { kind: 'seq', seq: Number(text) };
  if (text === 'now') return { kind: 'time', at: now };
  if (AGO.test(text)) return { kind: 'time', at: now - Math.round(agoMs(text)) };
  const at = CLOCK.test(text) ? clockTime(text, now) : ISO.test(text) ? isoTime(text) : Number.NaN;
  if (!Number.isNaN(at)) return { kind: 'time', at };
  throw new ClientError(
    'BAD_TIME',
    `"${text}" is neither a seq nor a time`,
    'for example 42 (a seq), 2026-01-31T12:00:00Z, "2026-01-31 12:00" or 03:00 (local), or 10m (ten minutes ago)',
  );
};

/** A moment as the API takes it. */
export const momentText = (moment: Moment): string =>
  moment.kind === 'seq' ? String(moment.seq) : new Date(moment.at).toISOString();

/** Whether something recorded is at or after a moment. */
export const isSince = (
  event: { readonly seq: number; readonly at: number },
  moment: Moment,
): boolean => (moment.kind === 'seq' ? event.seq >= moment.seq : event.at >= moment.at);

/** Whether something recorded is at or before a moment. */
export const isUntil = (
  event: { readonly seq: number; readonly at: number },
  moment: Moment,
): boolean => (moment.kind === 'seq' ? event.seq <= moment.seq : event.at <= moment.at);

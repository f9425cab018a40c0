import { formatTime } from './format.js';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

/** Steps between ticks that a clock has, ms. */
const STEPS: readonly number[] = [
  ...[10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY),
];

export interface Tick {
  /** Epoch ms. */
  readonly at: number;
  readonly label: string;
}

const labelOf = (at: number, stepMs: number): string => {
  const [day = '', time = ''] = formatTime(at).split(' ');
  if (stepMs >= DAY) return day.slice('yyyy-'.length);
  if (stepMs >= MINUTE) return time.slice(0, 'hh:mm'.length);
  return stepMs >= SECOND ? time.slice(0, 'hh:mm:ss'.length) : time;
};

/** Round local times between two times, at most so many. */
export const ticksOf = (from: number, to: number, most: number): readonly Tick[] => {
  const stepMs = STEPS.find((step) => (to - from) / step <= most) ?? to - from;
  const zoneMs = new Date(from).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((from - zoneMs) / stepMs) * stepMs + zoneMs;
  const ticks: Tick[] = [];
  for (let at = first; at <= to && stepMs > 0; at += stepMs) {
    ticks.push({ at, label: labelOf(at, stepMs) });
  }
  return ticks;
};

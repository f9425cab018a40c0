import type { Cron } from 'croner';
import {
  defer,
  EMPTY,
  filter,
  from,
  map,
  type Observable,
  repeat,
  type SchedulerLike,
  switchMap,
  take,
  timer,
} from 'rxjs';
import type { App } from '../domain/app.js';
import type { ProcessId } from '../domain/ids.js';
import { TICK_SLACK_MS } from '../domain/policy.js';
import type { Report } from '../domain/report.js';
import type { Clock } from './monitor.js';
import { ResolveError } from './resolve-error.js';

/** How long we trust the clock of the machine, which may be set anew, before we look at it again. */
const LOOK_AGAIN_MS = 15 * 60_000;
/** Missed ticks that are counted one by one. */
const MAX_COUNTED = 1000;

/** Reads a cron pattern of 5 fields, or 6 with seconds first. Throws an Error that says what is wrong with it. */
export const readCron = async (pattern: string, timeZone: string | null): Promise<Cron> => {
  const { Cron: Pattern } = await import('croner');
  const zone = timeZone === null ? {} : { timezone: timeZone };
  const cron = new Pattern(pattern, { ...zone, mode: '5-or-6-parts', paused: true });
  // A time zone that does not exist shows when it is used.
  cron.nextRun();
  return cron;
};

/**
 * Sees that every pattern and time zone of an app can be read.
 *
 * @throws ResolveError INVALID_APP that says what is wrong with which.
 */
export const checkClocks = async ({ policies: { schedule, cronRestart } }: App): Promise<void> => {
  const clocks = [
    ...(schedule ? [['schedule', schedule.cron, schedule.timeZone] as const] : []),
    ...(cronRestart === undefined ? [] : [['cron_restart', cronRestart, null] as const]),
  ];
  for (const [key, cron, zone] of clocks) {
    await readCron(cron, zone).catch((error: Error) => {
      const message = `${key} "${cron}": ${error.message}`;
      const hint = 'a pattern is minute, hour, day, month and weekday, such as "0 3 * * *"';
      throw new ResolveError('INVALID_APP', message, hint);
    });
  }
};

const nextTick = (cron: Cron, after: number): number =>
  cron.nextRun(new Date(after))?.getTime() ?? Number.POSITIVE_INFINITY;

const missed = (process: ProcessId, cron: Cron, firstAt: number, until: number): Report => {
  let [count, lastAt] = [1, firstAt];
  for (let at = nextTick(cron, firstAt); at <= until; at = nextTick(cron, at)) {
    if (count === MAX_COUNTED) {
      lastAt = until;
      break;
    }
    [count, lastAt] = [count + 1, at];
  }
  return { type: 'TicksMissed', process, count, firstAt, lastAt };
};

/** The last tick up to now, unless it has been missed by so much that nothing follows from it. */
const latestTick = (cron: Cron, after: number, now: number): number | null => {
  let latest: number | null = null;
  const from = Math.max(after, now - TICK_SLACK_MS);
  for (let at = nextTick(cron, from); at <= now; at = nextTick(cron, at)) latest = at;
  return latest;
};

/** What there is to tell of the ticks after a moment: one that is due, those that were missed before it, or null. */
const read = (process: ProcessId, cron: Cron, after: number, now: number): Report | null => {
  const firstAt = nextTick(cron, after);
  if (firstAt > now) return null;
  const latestAt = latestTick(cron, after, now);
  if (latestAt === firstAt) return { type: 'TickDue', process, tickAt: firstAt };
  return missed(process, cron, firstAt, latestAt === null ? now - TICK_SLACK_MS : latestAt - 1);
};

/**
 * Reports the first tick after the moment that is accounted for, when it is due, or all that were missed. When that
 * moment lies far ahead the clock was set back, and ticks count from now.
 */
export const watchClock = (clock: Clock, scheduler: SchedulerLike): Observable<Report> =>
  from(readCron(clock.cron, clock.timeZone)).pipe(
    switchMap((cron) => {
      let { after } = clock;
      const pause = (): number => {
        const now = scheduler.now();
        if (after > now + TICK_SLACK_MS) after = now;
        return nextTick(cron, after) - now;
      };
      if (pause() === Number.POSITIVE_INFINITY) return EMPTY;
      return defer(() => timer(Math.max(0, Math.min(pause(), LOOK_AGAIN_MS)), scheduler)).pipe(
        map(() => read(clock.process, cron, after, scheduler.now())),
        repeat(),
        filter((report) => report !== null),
        take(1),
      );
    }),
  );

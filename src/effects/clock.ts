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
import type { Report } from '../domain/input.js';
import type { Clock } from './monitor.js';
import { ResolveError } from './resolve-error.js';

/** A tick that is found later than this has been missed: no daemon lived, or the machine slept. */
const LATE_MS = 60_000;
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

const missed = ({ process }: Clock, cron: Cron, firstAt: number, until: number): Report => {
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

/** What the clock says now: a tick that is due or was missed, or null. */
const read = (clock: Clock, cron: Cron, now: number): Report | null => {
  const tickAt = nextTick(cron, clock.after);
  if (tickAt > now) return null;
  if (tickAt > now - LATE_MS) return { type: 'TickDue', process: clock.process, tickAt };
  return missed(clock, cron, tickAt, now - LATE_MS);
};

/** Reports the first tick after the moment that is accounted for, when it is due, or all that were missed. */
export const watchClock = (clock: Clock, scheduler: SchedulerLike): Observable<Report> =>
  from(readCron(clock.cron, clock.timeZone)).pipe(
    switchMap((cron) => {
      if (nextTick(cron, clock.after) === Number.POSITIVE_INFINITY) return EMPTY;
      const pause = (): number => nextTick(cron, clock.after) - scheduler.now();
      return defer(() => timer(Math.max(0, Math.min(pause(), LOOK_AGAIN_MS)), scheduler)).pipe(
        map(() => read(clock, cron, scheduler.now())),
        repeat(),
        filter((report) => report !== null),
        take(1),
      );
    }),
  );

import { map, type Observable, type SchedulerLike, timer } from 'rxjs';
import type { Report } from '../domain/report.js';
import type { Effect } from './effect.js';

/** The longest delay that Node's timers can hold (2^31 - 1 ms); a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Emits once the timer is due, by the given clock. A moment that has passed is due now. The delay is measured when it is
 * armed, so a clock that jumps afterwards neither hurries nor delays it; one that was set back before, while no daemon
 * lived, delays it by no more than the whole of it.
 */
export const armTimer = (
  { timer: armed, withinMs }: Extract<Effect, { type: 'ArmTimer' }>,
  scheduler: SchedulerLike,
): Observable<Report> => {
  const leftMs = Math.min(armed.dueAt - scheduler.now(), withinMs, MAX_DELAY_MS);
  return timer(Math.max(0, leftMs), scheduler).pipe(
    map(() => ({ type: 'TimerFired', timer: armed })),
  );
};

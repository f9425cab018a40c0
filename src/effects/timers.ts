import { map, type Observable, type SchedulerLike, timer } from 'rxjs';
import type { Report, Timer } from '../domain/input.js';

/** The longest delay that Node's timers can hold (2^31 - 1 ms); a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Emits once the timer is due, by the given clock. A moment that has passed is due now. The delay is
 * measured when it is armed, so a clock that jumps afterwards neither hurries nor delays it.
 */
export const armTimer = (armed: Timer, scheduler: SchedulerLike): Observable<Report> => {
  const delayMs = Math.min(Math.max(0, armed.dueAt - scheduler.now()), MAX_DELAY_MS);
  return timer(delayMs, scheduler).pipe(map(() => ({ type: 'TimerFired', timer: armed })));
};

import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { processId } from '../../src/domain/ids.js';
import { armTimer } from '../../src/effects/timers.js';

describe('a timer', () => {
  /** When it fires, by a clock that shows `now` when it is armed. */
  const firesAt = (now: number, dueAt: number): number | null => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.frame = now;
    const timer = { kind: 'restart', process: processId(0), dueAt } as const;
    let firedAt: number | null = null;
    armTimer({ type: 'ArmTimer', timer, withinMs: 500 }, scheduler).subscribe(() => {
      firedAt = scheduler.now();
    });
    scheduler.flush();
    return firedAt;
  };

  it('fires when it is due, and at once when that has passed', () => {
    expect(firesAt(1000, 1300)).to.equal(1300);
    expect(firesAt(1000, 900)).to.equal(1000);
  });

  it('waits no longer than its whole time when the clock was set back since its moment was chosen', () => {
    expect(firesAt(1000, 3_600_000)).to.equal(1500);
  });
});

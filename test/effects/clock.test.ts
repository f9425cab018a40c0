import { expect } from 'chai';
import { type Observable, VirtualTimeScheduler } from 'rxjs';
import { processId } from '../../src/domain/ids.js';
import type { Report } from '../../src/domain/report.js';
import { checkClocks, watchClock } from '../../src/effects/clock.js';
import { app } from '../support/given.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('the clock', () => {
  /** What is reported within some virtual time, and when. */
  const reported = async (
    reports$: Observable<Report>,
    scheduler: VirtualTimeScheduler,
  ): Promise<readonly { report: Report; at: number }[]> => {
    const found: { report: Report; at: number }[] = [];
    reports$.subscribe((report) => found.push({ report, at: scheduler.now() }));
    // The library that reads patterns is loaded first.
    await import('croner');
    await new Promise(setImmediate);
    scheduler.flush();
    return found;
  };
  const clock = (cron: string, after: number) => ({
    process: processId(3),
    cron,
    timeZone: 'UTC',
    after,
  });
  const at = (now: number): VirtualTimeScheduler => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.frame = now;
    return scheduler;
  };

  it('tells the next tick when it is due, and no other', async () => {
    const scheduler = at(10 * HOUR + 1);
    const found = await reported(watchClock(clock('0 12 * * *', 10 * HOUR), scheduler), scheduler);
    const report = { type: 'TickDue', process: 3, tickAt: 12 * HOUR };
    expect(found).to.deep.equal([{ report, at: 12 * HOUR }]);
  });

  it('reads patterns with seconds', async () => {
    const scheduler = at(500);
    const [found] = await reported(watchClock(clock('* * * * * *', 500), scheduler), scheduler);
    expect(found).to.deep.include({ at: 1000 });
  });

  it('tells a tick that passed a moment ago as due', async () => {
    const scheduler = at(12 * HOUR + 30_000);
    const [found] = await reported(
      watchClock(clock('0 12 * * *', 11 * HOUR), scheduler),
      scheduler,
    );
    expect(found?.report).to.include({ type: 'TickDue', tickAt: 12 * HOUR });
  });

  it('tells how many were missed while nobody looked, and not the last one if it is fresh', async () => {
    const scheduler = at(12 * HOUR + 30_000);
    const [found] = await reported(watchClock(clock('0 * * * *', 8 * HOUR), scheduler), scheduler);
    expect(found?.report).to.deep.equal({
      type: 'TicksMissed',
      process: 3,
      count: 3,
      firstAt: 9 * HOUR,
      lastAt: 11 * HOUR,
    });
  });

  it('makes up for the last of several that passed a moment ago, and counts the others', async () => {
    const scheduler = at(12 * HOUR + 500);
    const pattern = '*/10 * * * * *';
    const [found] = await reported(
      watchClock(clock(pattern, 12 * HOUR - 25_000), scheduler),
      scheduler,
    );
    expect(found?.report).to.include({ type: 'TicksMissed', count: 2, lastAt: 12 * HOUR - 10_000 });
    const again = at(12 * HOUR + 500);
    const [last] = await reported(watchClock(clock(pattern, 12 * HOUR - 10_000), again), again);
    expect(last?.report).to.include({ type: 'TickDue', tickAt: 12 * HOUR });
  });

  it('counts from now when the clock was set back', async () => {
    const scheduler = at(10 * HOUR + 1);
    const [found] = await reported(watchClock(clock('0 * * * *', 15 * HOUR), scheduler), scheduler);
    expect(found).to.deep.include({ at: 11 * HOUR });
    const slightly = at(12 * HOUR - 10);
    const [next] = await reported(watchClock(clock('0 * * * *', 12 * HOUR), slightly), slightly);
    expect(next).to.deep.include({ at: 13 * HOUR });
  });

  it('counts a thousand missed ones one by one, and the rest not', async () => {
    const scheduler = at(24 * HOUR);
    const [found] = await reported(watchClock(clock('* * * * * *', 0), scheduler), scheduler);
    expect(found?.report).to.include({ count: 1000, lastAt: 24 * HOUR - 1 });
  });

  it('is silent for a pattern that has no tick any more', async () => {
    const scheduler = at(HOUR);
    expect(
      await reported(watchClock(clock('0 0 30 2 *', HOUR), scheduler), scheduler),
    ).to.deep.equal([]);
  });

  for (const [what, policies, message] of [
    ['a pattern that is none', { cronRestart: 'daily' }, 'cron_restart "daily": '],
    [
      'a time zone that does not exist',
      { schedule: { cron: '* * * * *', overlap: 'skip', timeZone: 'Mars/Olympus' } },
      'schedule "* * * * *": ',
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const error = await checkClocks(app('web', { policies })).then(
        () => null,
        (refused: Error) => refused,
      );
      expect(error?.message).to.include(message);
    });
  }
});

import { expect } from 'chai';
import fc from 'fast-check';
import { DEFAULT_RESTART, type RestartPolicy } from '../../src/domain/app.js';
import {
  failuresAfter,
  judge,
  type Past,
  restartDelay,
  streakAfter,
  type Verdict,
} from '../../src/domain/restart-policy.js';

const policy: fc.Arbitrary<RestartPolicy> = fc.record({
  autorestart: fc.constant('always' as const),
  stopExitCodes: fc.constant([]),
  backoffCapMs: fc.constant(15_000),
  maxRestarts: fc.nat(20),
  restartWindowMs: fc.integer({ min: 1, max: 100_000 }),
  minUptimeMs: fc.integer({ min: 1, max: 5000 }),
  restartDelayMs: fc.nat(30_000),
  backoffInitialMs: fc.nat(20_000),
});

/** Runs of the given lengths, one after the other; what was decided about each. */
const verdicts = (rules: RestartPolicy, uptimes: readonly number[]): Verdict[] => {
  let past: Past = { failures: [], streak: 0 };
  let now = 1_000_000;
  return uptimes.map((uptimeMs) => {
    now += uptimeMs;
    const run = { endedAt: now, uptimeMs, code: 1 };
    const verdict = judge(rules, past, run);
    past = { failures: failuresAfter(rules, past, run), streak: streakAfter(rules, past, run) };
    return verdict;
  });
};

describe('the restart policy', () => {
  it('incident 24: answers exactly maxRestarts failures in a row with a restart, and gives up at the next', () => {
    fc.assert(
      fc.property(policy, (rules) => {
        const failing = verdicts(rules, Array(rules.maxRestarts + 1).fill(0));
        expect(failing.map((verdict) => verdict.do)).to.deep.equal([
          ...Array(rules.maxRestarts).fill('restart'),
          'give-up',
        ]);
      }),
    );
  });

  it('never gives up programs that run long enough', () => {
    fc.assert(
      fc.property(policy, fc.integer({ min: 1, max: 60 }), (rules, runs) => {
        const done = verdicts(rules, Array(runs).fill(rules.minUptimeMs));
        expect(done.every((verdict) => verdict.do === 'restart')).to.equal(true);
      }),
    );
  });

  it('forgets a failure when the window has moved past it', () => {
    const rules = { ...DEFAULT_RESTART, restartWindowMs: 1000 };
    const past = { failures: [1000, 1001], streak: 2 };
    expect(failuresAfter(rules, past, { endedAt: 2000, uptimeMs: 0 })).to.deep.equal([1001, 2000]);
  });

  it('forgets a failure that a clock set back since puts further ahead than the window', () => {
    const rules = { ...DEFAULT_RESTART, restartWindowMs: 1000 };
    const past = { failures: [9000, 2100], streak: 2 };
    expect(failuresAfter(rules, past, { endedAt: 2000, uptimeMs: 0 })).to.deep.equal([2100, 2000]);
  });

  it('counts a run of exactly the least uptime as stable', () => {
    const past = { failures: [], streak: 4 };
    const run = { endedAt: 5000, uptimeMs: DEFAULT_RESTART.minUptimeMs };
    expect(failuresAfter(DEFAULT_RESTART, past, run)).to.deep.equal([]);
    expect(streakAfter(DEFAULT_RESTART, past, run)).to.equal(1);
    expect(streakAfter(DEFAULT_RESTART, past, { ...run, uptimeMs: run.uptimeMs - 1 })).to.equal(5);
  });

  it('without autorestart does nothing, however often it failed', () => {
    const rules = { ...DEFAULT_RESTART, autorestart: 'never' as const };
    const past = { failures: Array(50).fill(1000), streak: 50 };
    expect(judge(rules, past, { endedAt: 1001, uptimeMs: 0, code: 1 })).to.deep.equal({
      do: 'nothing',
    });
  });

  const never: Past = { failures: [], streak: 0 };
  for (const [change, code, does] of [
    [{ autorestart: 'on-failure' }, 0, 'nothing'],
    [{ autorestart: 'on-failure' }, 3, 'restart'],
    [{ autorestart: 'on-failure' }, null, 'restart'],
    [{ stopExitCodes: [0, 3] }, 3, 'nothing'],
    [{ stopExitCodes: [0, 3] }, 4, 'restart'],
    [{ stopExitCodes: [0, 3] }, null, 'restart'],
  ] as const) {
    it(`with ${JSON.stringify(change)} answers ${code === null ? 'a signal' : `code ${code}`} with ${does}`, () => {
      const rules = { ...DEFAULT_RESTART, ...change };
      expect(judge(rules, never, { endedAt: 1, uptimeMs: 0, code }).do).to.equal(does);
    });
  }
});

describe('the pause before a restart', () => {
  it('never shrinks from one failure to the next, and never falls below the fixed delay', () => {
    fc.assert(
      fc.property(policy, fc.integer({ min: 1, max: 200 }), (rules, streak) => {
        const [now, next] = [restartDelay(rules, streak), restartDelay(rules, streak + 1)];
        expect(next).to.be.at.least(now);
        expect(now).to.be.at.least(rules.restartDelayMs);
      }),
    );
  });

  it('grows to 15 s and no further, however long the loop', () => {
    const rules = { ...DEFAULT_RESTART, backoffInitialMs: 100 };
    const delays = [1, 2, 3, 12, 13, 14, 10_000].map((streak) => restartDelay(rules, streak));
    expect(delays).to.deep.equal([100, 150, 225, 8650, 12_975, 15_000, 15_000]);
  });

  it('grows to a longest pause of its own', () => {
    const rules = { ...DEFAULT_RESTART, backoffInitialMs: 100, backoffCapMs: 120 };
    expect([1, 2, 3].map((streak) => restartDelay(rules, streak))).to.deep.equal([100, 120, 120]);
  });

  it('is the fixed delay when there is no back-off', () => {
    const rules = { ...DEFAULT_RESTART, restartDelayMs: 40 };
    expect([1, 2, 50].map((streak) => restartDelay(rules, streak))).to.deep.equal([40, 40, 40]);
  });
});

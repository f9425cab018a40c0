import { expect } from 'chai';
import { DEFAULT_RESTART } from '../../src/domain/app.js';
import { runKey } from '../../src/domain/ids.js';
import { restoreReport } from '../../src/projections/restore-report.js';
import { app, World } from '../support/given.js';

/** A restore of one good and one bad app, up to the moment before its verdict. */
const given = (): World => {
  const world = new World();
  const bad = app('bad', { restart: { ...DEFAULT_RESTART, autorestart: 'never' } });
  world.up(app('good'), bad);
  world.ask({ type: 'Shutdown' });
  world.ended(0, 0);
  world.ended(0, 1);
  world.ask({
    type: 'Restore',
    runKey: runKey('boot'),
    source: { kind: 'wanted' },
    set: null,
    atomic: false,
    concurrency: 0,
  });
  world.started(0);
  world.started(1);
  world.ended(7, 1);
  return world;
};

const ofRun = (world: World) => world.log.filter((event) => event.runKey === 'boot');

describe('the report of a restore', () => {
  it('is open without results until the verdict', () => {
    const world = given();
    expect(restoreReport(ofRun(world))).to.deep.equal({
      runKey: 'boot',
      requestedAt: world.now,
      completedAt: null,
      outcome: 'open',
      results: [],
    });
  });

  it('says of each process what became of it', () => {
    const world = given();
    world.now += 200;
    const timer = { kind: 'restore-verdict', runKey: runKey('boot'), dueAt: world.now } as const;
    world.see({ type: 'TimerFired', timer });
    expect(restoreReport(ofRun(world))).to.deep.equal({
      runKey: 'boot',
      requestedAt: world.now - 200,
      completedAt: world.now,
      outcome: 'incomplete',
      results: [
        { process: 0, outcome: 'started', problem: null },
        { process: 1, outcome: 'failed', problem: 'it exited with code 7' },
      ],
    });
  });

  it('is null when there was no such run', () => {
    expect(restoreReport([])).to.equal(null);
  });
});

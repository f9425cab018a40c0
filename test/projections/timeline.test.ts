import { expect } from 'chai';
import type { Recorded } from '../../src/domain/event.js';
import { epoch, processId } from '../../src/domain/ids.js';
import { RunHistory } from '../../src/projections/run-history.js';
import { type Lane, type Timeline, timelineOf } from '../../src/projections/timeline.js';
import { app, EPOCH, EVERYTHING, World } from '../support/given.js';

const draw = (log: readonly Recorded[], range: Partial<Timeline> = {}): Timeline => {
  const history = new RunHistory();
  for (const event of log) history.observe(event);
  const [from, to] = [log[0]?.at ?? 0, log.at(-1)?.at ?? 0];
  return timelineOf(history, { from, to, ...range });
};

const lane = (timeline: Timeline, name: string): Lane => {
  const found = timeline.lanes.find((one) => one.name === name);
  if (!found) throw new Error(`no lane ${name}`);
  return found;
};

const marksOf = ({ marks }: Lane): string[] => marks.map(({ kind }) => kind);

describe('the timeline', () => {
  it('a run is a bar from its start to its end, and an open one has no end', () => {
    const world = new World();
    const start = world.now;
    world.up(app('web'));
    world.now += 3000;
    world.ended(7);
    world.started();
    const web = lane(draw(world.log), 'web (0)');
    expect(web.bars.map(({ from, to }) => [from - start, to && to - start])).to.deep.equal([
      [0, 3000],
      [3000, null],
    ]);
    expect(marksOf(web)).to.deep.equal(['started', 'failed', 'started']);
    expect(web.tracks).to.equal(1);
  });

  it('an end that was asked for is not drawn as a failure, whatever the signal', () => {
    const world = new World();
    world.up(app('web'));
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    world.ended(null, 0, world.key(), 'SIGKILL');
    expect(marksOf(lane(draw(world.log), 'web (0)'))).to.deep.equal(['started', 'ended']);
  });

  it('runs that overlap are drawn on tracks of their own', () => {
    const world = new World();
    world.up(app('web'));
    world.now += 3000;
    world.ended(7);
    world.started();
    const log = world.log.map((event) =>
      event.type === 'ProcessExited'
        ? {
            ...event,
            data: { ...event.data, exit: { ...event.data.exit, closedAt: world.now + 1 } },
          }
        : event,
    ) as Recorded[];
    const web = lane(draw(log), 'web (0)');
    expect(web.tracks).to.equal(2);
    expect(web.bars.map(({ track }) => track)).to.deep.equal([0, 1]);
  });

  it('a run that was lost with its epoch ends where it was last known of, not when that was noticed', () => {
    const world = new World();
    world.up(app('web'));
    const lastSeen = world.now;
    world.now += 60_000;
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch('life-2') });
    const timeline = draw(world.log);
    expect(lane(timeline, 'web (0)').bars.map(({ to }) => to)).to.deep.equal([lastSeen]);
    expect(marksOf(lane(timeline, 'web (0)'))).to.deep.equal(['started', 'lost']);
    expect(lane(timeline, 'daemon').bars.map(({ to }) => to)).to.deep.equal([lastSeen, null]);
  });

  it('an adoption is marked on the run that goes on, and the death of the daemon on its own lane', () => {
    const world = new World();
    world.up(app('web'));
    const { phase } = world.process();
    if (phase.is !== 'online') throw new Error(phase.is);
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: EPOCH });
    const { program, launcher, startedAt } = phase.started;
    const fact = { spawnKey: world.key(), program, launcher: launcher!, startedAt };
    world.observe({ kind: 'adopted', ...fact });
    const timeline = draw(world.log);
    expect(lane(timeline, 'web (0)').bars).to.have.length(1);
    expect(marksOf(lane(timeline, 'web (0)'))).to.deep.equal(['started', 'adopted']);
    expect(marksOf(lane(timeline, 'daemon'))).to.deep.equal(['started', 'lost', 'started']);
  });

  it('a pause before a restart ends when it is called off', () => {
    const world = new World();
    world.up(app('web', { restart: { ...app('').restart, restartDelayMs: 9000 } }));
    world.ended(7);
    const from = world.now;
    world.now += 1000;
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    expect(lane(draw(world.log), 'web (0)').waits).to.deep.equal([{ from, to: from + 1000 }]);
  });

  it('leaves out who did nothing in between, unless asked for by id', () => {
    const world = new World();
    world.up(app('early'));
    world.ended(0);
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    world.now += 60_000;
    world.up(app('late'));
    const names = (timeline: Timeline): string[] => timeline.lanes.map(({ name }) => name);
    const range = { from: world.now - 1000, to: world.now };
    expect(names(draw(world.log, range))).to.not.include('early (0)');
    const history = new RunHistory();
    for (const event of world.log) history.observe(event);
    const asked = timelineOf(history, range, new Set([processId(0)]));
    expect(names(asked)).to.deep.equal(['daemon', 'early (0)']);
  });
});

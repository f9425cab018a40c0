import { expect } from 'chai';
import type { Policies } from '../../src/domain/policy.js';
import { measuredAt, monitorsOf } from '../../src/effects/monitor.js';
import { app, EVERYTHING, World } from '../support/given.js';

const EVERY_POLICY: Policies = {
  readiness: { probe: { kind: 'tcp', host: 'h', port: 1 }, timeoutMs: 3000, intervalMs: 100 },
  liveness: {
    probe: { kind: 'command', command: 'true' },
    intervalMs: 100,
    timeoutMs: 100,
    failures: 3,
  },
  memory: { maxBytes: 100, intervalMs: 5000 },
  watch: { paths: ['/w'], ignore: [], delayMs: 100, pollMs: 0, followSymlinks: true },
  cronRestart: '* * * * *',
};

const kinds = ({ state }: World): string[] =>
  [...monitorsOf(state).values()].map(({ kind }) => kind).sort();
const names = ({ state }: World): string[] => [...monitorsOf(state).keys()].sort();
const ready = (world: World): unknown =>
  world.observe({ kind: 'ready', spawnKey: world.key(), readyAt: world.now });

describe('what is looked at', () => {
  const up = (instances = 1): World => {
    const world = new World();
    world.up(app('web', { instances, policies: EVERY_POLICY }));
    return world;
  };

  it('is nothing of an app without policies', () => {
    const world = new World();
    world.up(app('web'));
    expect(kinds(world)).to.deep.equal([]);
  });

  it('is readiness first, and health as soon as it is ready', () => {
    const world = up();
    expect(kinds(world)).to.deep.equal(['clock', 'files', 'memory', 'readiness']);
    ready(world);
    expect(kinds(world)).to.deep.equal(['clock', 'files', 'liveness', 'memory']);
  });

  it('is of a run only while it runs: the files and the clock outlast it', () => {
    const world = up();
    ready(world);
    const before = names(world);
    world.see({
      type: 'LivenessLost',
      spawnKey: world.key(),
      failures: 3,
      problem: '',
    });
    expect(kinds(world)).to.deep.equal(['clock', 'files']);
    world.ended(null, 0, undefined, 'SIGTERM');
    world.started();
    ready(world);
    const kept = names(world).filter((name) => before.includes(name));
    expect(kept.map((name) => name.split(' ')[0])).to.deep.equal(['clock', 'files', 'memory']);
  });

  it('is nothing of what is wanted down, killed, or waits for a restore', () => {
    for (const request of [
      { type: 'StopProcesses', targets: EVERYTHING },
      { type: 'Shutdown' },
    ] as const) {
      const world = up();
      world.ask(request);
      world.ended(null, 0, undefined, 'SIGTERM');
      expect(kinds(world)).to.deep.equal([]);
    }
  });

  it('goes on after readiness was overdue', () => {
    const world = up();
    const { phase } = world.process();
    const dueAt = phase.is === 'online' && phase.ready.is === 'awaited' ? phase.ready.dueAt : 0;
    const before = names(world);
    world.see({
      type: 'TimerFired',
      timer: { kind: 'ready-deadline', spawnKey: world.key(), dueAt },
    });
    expect(names(world)).to.deep.equal(before);
  });

  it('is one watch and one measurement for all instances of an app', () => {
    const world = up(3);
    expect(kinds(world).filter((kind) => kind === 'files' || kind === 'memory')).to.have.length(2);
    expect(measuredAt(world.state, 5000)).to.have.length(3);
    expect(measuredAt(world.state, 1000)).to.have.length(0);
  });
});

import { expect } from 'chai';
import { BehaviorSubject, VirtualTimeScheduler } from 'rxjs';
import { runKey } from '../../src/domain/ids.js';
import { type Goal, requestOutcome } from '../../src/projections/request-outcome.js';
import { app, EVERYTHING, World } from '../support/given.js';

/** Watches a request about every process; `look` shows it the state of the world as it is now. */
const watch = (world: World, goal: Goal) => {
  const scheduler = new VirtualTimeScheduler();
  scheduler.frame = world.now;
  const state$ = new BehaviorSubject(world.state);
  const seen: string[] = [];
  requestOutcome(state$, [...world.state.processes.keys()], goal, scheduler).subscribe({
    next: ({ settled, total }) => seen.push(`${settled}/${total}`),
    complete: () => seen.push('done'),
  });
  return { seen, scheduler, look: () => state$.next(world.state) };
};

const launching = (): World => {
  const world = new World();
  world.ask({ type: 'StartApps', apps: [app('a'), app('b')], existing: 'refuse' });
  return world;
};

const online = (): World => {
  const world = new World();
  world.up(app('a'), app('b'));
  return world;
};

describe('the outcome of a request', () => {
  it('to be up is known when every program has stayed up for a while', () => {
    const world = launching();
    const { seen, scheduler, look } = watch(world, { kind: 'up', holdMs: 200 });
    world.started(0);
    world.started(1);
    look();
    expect(seen).to.deep.equal(['0/2', '0/2']);
    scheduler.flush();
    expect(scheduler.now()).to.equal(world.now + 200);
    expect(seen).to.deep.equal(['0/2', '0/2', '2/2', 'done']);
  });

  it('to be up is known at once when a program could not be executed', () => {
    const world = new World();
    world.ask({
      type: 'StartApps',
      apps: [app('a', { restart: { ...app('a').restart, autorestart: 'never' } })],
      existing: 'refuse',
    });
    const { seen, look } = watch(world, { kind: 'up', holdMs: 200 });
    world.observe({ kind: 'failed', spawnKey: world.key(), stage: 'exec', error: 'ENOENT' });
    look();
    expect(seen).to.deep.equal(['0/1', '1/1', 'done']);
  });

  it('to be down is known when every run is closed', () => {
    const world = online();
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    const { seen, look } = watch(world, { kind: 'down' });
    world.ended(0, 0);
    look();
    world.ended(0, 1);
    look();
    expect(seen).to.deep.equal(['0/2', '1/2', '2/2', 'done']);
  });

  it('to be down no longer waits when somebody wants it up again', () => {
    const world = online();
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    const { seen, look } = watch(world, { kind: 'down' });
    world.ask({ type: 'StartProcesses', targets: EVERYTHING });
    look();
    expect(seen).to.deep.equal(['0/2', '2/2', 'done']);
  });

  it('to be gone is known when the last process is removed, not when it is stopped', () => {
    const world = online();
    world.ask({ type: 'DeleteProcesses', targets: EVERYTHING });
    const { seen, look } = watch(world, { kind: 'gone' });
    world.ended(0, 0);
    look();
    world.ended(0, 1);
    look();
    expect(seen).to.deep.equal(['0/2', '1/2', '2/2', 'done']);
  });

  it('to be restored is known when the run is judged, not when all are up', () => {
    const world = online();
    world.ask({ type: 'Shutdown' });
    world.ended(0, 0);
    world.ended(0, 1);
    const key = runKey('boot');
    const source = { kind: 'wanted' } as const;
    world.ask({ type: 'Restore', runKey: key, source, set: null, atomic: false, concurrency: 0 });
    const { seen, look } = watch(world, { kind: 'restored', runKey: key });
    world.started(0);
    world.started(1);
    look();
    expect(seen).to.deep.equal(['0/2', '2/2']);
    world.see({ type: 'TimerFired', timer: { kind: 'restore-verdict', runKey: key, dueAt: 0 } });
    look();
    expect(seen).to.deep.equal(['0/2', '2/2', '2/2', 'done']);
  });
});

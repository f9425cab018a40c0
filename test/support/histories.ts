import fc from 'fast-check';
import { DEFAULT_RESTART } from '../../src/domain/app.js';
import { evolve } from '../../src/domain/evolve.js';
import { epoch, runKey } from '../../src/domain/ids.js';
import type { Timer } from '../../src/domain/report.js';
import { initialState, openRun } from '../../src/domain/state.js';
import { plan } from '../../src/effects/plan.js';
import { app, World } from './given.js';

/** Things that happen to a home with two apps, in any order; those that cannot happen now do nothing. */
export const steps = {
  start: (world, name) => world.ask({ type: 'StartProcesses', targets: [{ kind: 'name', name }] }),
  stop: (world, name) => world.ask({ type: 'StopProcesses', targets: [{ kind: 'name', name }] }),
  restart: (world, name) =>
    world.ask({ type: 'RestartProcesses', targets: [{ kind: 'name', name }] }),
  remove: (world, name) =>
    world.ask({ type: 'DeleteProcesses', targets: [{ kind: 'name', name }] }),
  define: (world, name) =>
    world.ask({
      type: 'StartApps',
      apps: [app(name, { restart: { ...DEFAULT_RESTART, maxRestarts: 2, backoffInitialMs: 50 } })],
      existing: 'start',
    }),
  scaleUp: (world, name) =>
    world.ask({
      type: 'ScaleApp',
      target: { kind: 'name', name },
      change: { kind: 'to', count: 3 },
    }),
  scaleDown: (world, name) =>
    world.ask({
      type: 'ScaleApp',
      target: { kind: 'name', name },
      change: { kind: 'to', count: 1 },
    }),
  restore: (world, name) =>
    world.ask({
      type: 'Restore',
      runKey: runKey(`${name}${world.log.length}`),
      source: { kind: 'wanted' },
      set: null,
      atomic: name === 'a',
      concurrency: 0,
    }),
  kill: (world) => world.ask({ type: 'Shutdown' }),
  started: (world, name) => forEachRun(world, name, (id) => world.started(id)),
  crashed: (world, name) => forEachRun(world, name, (id) => world.ended(1, id)),
  lost: (world, name) =>
    forEachRun(world, name, (id) => world.observe({ kind: 'abandoned', spawnKey: world.key(id) })),
  late: (world) => {
    const old = world.log.find(({ type }) => type === 'SpawnRequested');
    if (old?.type === 'SpawnRequested') world.ended(1, old.data.process, old.data.spawnKey);
  },
  timers: (world) => {
    for (const timer of armed(world)) world.see({ type: 'TimerFired', timer });
  },
  newDaemon: (world) =>
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch('life-1') }),
  reboot: (world) =>
    world.see({
      type: 'DaemonStarted',
      pid: 2,
      version: '0',
      epoch: epoch(`life-${world.log.length}`),
    }),
  later: (world) => {
    world.now += 700;
  },
} satisfies Record<string, (world: World, name: string) => unknown>;

/** Every timer that was ever armed, those that outlived their cause too. */
const armed = (world: World): Timer[] => {
  const timers: Timer[] = [];
  let state = initialState;
  for (const event of [...world.log]) {
    state = evolve(state, [event]);
    for (const effect of plan([event], state)) {
      if (effect.type === 'ArmTimer') timers.push(effect.timer);
    }
  }
  return timers;
};

const forEachRun = (world: World, name: string, act: (id: number) => unknown): void => {
  for (const process of [...world.state.processes.values()]) {
    if (process.app === `default/${name}` && openRun(process)) act(process.id);
  }
};

/** What happens, one thing after the other, each to one of the apps `a` and `b`. */
export const history = fc.array(
  fc.tuple(
    fc.constantFrom(...(Object.keys(steps) as (keyof typeof steps)[])),
    fc.constantFrom('a', 'b'),
  ),
  { maxLength: 60 },
);

/** The home after all of it happened. */
export const lived = (done: readonly (readonly [keyof typeof steps, string])[]): World => {
  const world = new World();
  world.ask({ type: 'StartApps', apps: [app('a'), app('b')], existing: 'start' });
  for (const [step, name] of done) steps[step](world, name);
  return world;
};

import { expect } from 'chai';
import { DEFAULT_RESTART, DEFAULT_STOP } from '../../src/domain/app.js';
import { epoch, processId, runKey } from '../../src/domain/ids.js';
import type { RunFact } from '../../src/domain/report.js';
import type { Request } from '../../src/domain/request.js';
import type { Effect } from '../../src/effects/effect.js';
import { plan } from '../../src/effects/plan.js';
import { app, EPOCH, EVERYTHING, World } from '../support/given.js';

/** The effects of the batch that the given step records. */
const effectsOf = (world: World, step: () => unknown): readonly Effect[] => {
  const before = world.log.length;
  step();
  return plan(world.log.slice(before), world.state);
};

const typesOf = (effects: readonly Effect[]): string[] => effects.map(({ type }) => type);

const launching = (): World => {
  const world = new World();
  world.ask({ type: 'StartApps', apps: [app('web')], existing: 'refuse' });
  return world;
};

const online = (): World => {
  const world = new World();
  world.up(app('web'));
  return world;
};

const all = (type: 'StopProcesses' | 'RestartProcesses' | 'DeleteProcesses'): Request => ({
  type,
  targets: EVERYTHING,
});

const restore = (change: { concurrency?: number; atomic?: boolean } = {}): Request => ({
  type: 'Restore',
  runKey: runKey('boot'),
  source: { kind: 'wanted' },
  set: null,
  atomic: false,
  concurrency: 0,
  ...change,
});

/** Two apps that are wanted up and are down. */
const killed = (): World => {
  const world = new World();
  world.up(app('a'), app('b'));
  world.ask({ type: 'Shutdown' });
  world.ended(0, 0);
  world.ended(0, 1);
  return world;
};

describe('the plan', () => {
  it('launches a run that was asked for', () => {
    const world = new World();
    const web = app('web');
    const [launch, ...rest] = effectsOf(world, () =>
      world.ask({ type: 'StartApps', apps: [web], existing: 'refuse' }),
    );
    expect(launch).to.deep.equal({
      type: 'Launch',
      process: 0,
      spawnKey: world.key(),
      app: web,
      instance: 0,
      logs: { out: 'web-out.log', error: 'web-error.log' },
      firstRun: true,
      lane: null,
    });
    expect(rest).to.deep.equal([]);
  });

  it('takes the log files of a slot that ever ran for its own', () => {
    const world = online();
    world.ask(all('RestartProcesses'));
    const [launch] = effectsOf(world, () => world.ended(0));
    expect(launch).to.include({ type: 'Launch', firstRun: false });
  });

  it('stops a program with its signal and arms its deadline', () => {
    const world = new World();
    world.up(app('web', { stop: { ...DEFAULT_STOP, killSignal: 'SIGINT', killTimeoutMs: 700 } }));
    const key = world.key();
    const [terminate, timer] = effectsOf(world, () => world.ask(all('StopProcesses')));
    expect(terminate).to.deep.include({ type: 'Terminate', signal: 'SIGINT' });
    expect(terminate).to.have.nested.property('run.started.program.pid').that.is.a('number');
    expect(timer).to.deep.equal({
      type: 'ArmTimer',
      timer: { kind: 'stop-deadline', spawnKey: key, dueAt: world.now + 700 },
      withinMs: 700,
    });
  });

  it('cancels a launch that is stopped before its program is known, and ends the program that comes all the same', () => {
    const world = launching();
    const stopped = effectsOf(world, () => world.ask(all('StopProcesses')));
    expect(typesOf(stopped)).to.deep.equal(['CancelLaunch', 'ArmTimer']);
    expect(typesOf(effectsOf(world, () => world.started()))).to.deep.equal(['Terminate']);
  });

  it('incident 20: kills the tree at the deadline, once', () => {
    const world = online();
    world.ask(all('StopProcesses'));
    const { phase } = world.process();
    const dueAt = phase.is === 'stopping' ? phase.deadlineAt : 0;
    const timer = { kind: 'stop-deadline', spawnKey: world.key(), dueAt } as const;
    const fire = () => world.see({ type: 'TimerFired', timer });
    expect(typesOf(effectsOf(world, fire))).to.deep.equal(['KillTree']);
    expect(effectsOf(world, fire)).to.deep.equal([]);
  });

  it('starts nothing when a program comes up', () => {
    const world = launching();
    expect(effectsOf(world, () => world.started())).to.deep.equal([]);
  });

  it('gives a program its time to get ready, and looks at its last words when that is over', () => {
    const world = new World();
    const probe = { kind: 'message' } as const;
    const readiness = { probe, timeoutMs: 3000, intervalMs: 100 };
    const apps = [app('web', { policies: { readiness } })];
    world.ask({ type: 'StartApps', apps, existing: 'refuse' });
    const dueAt = world.now + 3000;
    const timer = { kind: 'ready-deadline', spawnKey: world.key(), dueAt } as const;
    expect(effectsOf(world, () => world.started())).to.deep.equal([
      { type: 'ArmTimer', timer, withinMs: 3000 },
    ]);
    const overdue = effectsOf(world, () => world.see({ type: 'TimerFired', timer }));
    expect(overdue).to.deep.equal([
      {
        type: 'NoteErrorOutput',
        process: 0,
        instance: 0,
        spawnKey: world.key(),
        file: 'web-error.log',
      },
    ]);
  });

  it('looks at the last words of the run whose end made it give up', () => {
    const world = new World();
    world.up(app('web', { restart: { ...DEFAULT_RESTART, maxRestarts: 0 } }));
    const spawnKey = world.key();
    const [effect] = effectsOf(world, () => world.ended(1));
    expect(effect).to.deep.include({ type: 'NoteErrorOutput', spawnKey });
  });

  it('waits for a restart that is scheduled', () => {
    const world = new World();
    world.up(app('web', { restart: { ...DEFAULT_RESTART, restartDelayMs: 300 } }));
    expect(effectsOf(world, () => world.ended(1))).to.deep.equal([
      {
        type: 'ArmTimer',
        timer: { kind: 'restart', process: 0, dueAt: world.now + 300 },
        withinMs: 300,
      },
    ]);
  });

  it('sends a signal to the run that it was meant for', () => {
    const world = online();
    const signal: Request = { type: 'SendSignal', targets: EVERYTHING, signal: 'SIGHUP' };
    const [effect] = effectsOf(world, () => world.ask(signal));
    expect(effect).to.deep.include({ type: 'SendSignal', signal: 'SIGHUP' });
    world.ask(all('RestartProcesses'));
    world.ended(0);
    const old = world.log.filter(({ type }) => type === 'SignalRequested');
    expect(plan(old, world.state)).to.deep.equal([]);
  });

  it('ends whoever holds the slot of a run that was refused it, and only then', () => {
    const refused = (why: 'slot-taken' | 'key-taken') => {
      const world = launching();
      const fact: RunFact = { kind: 'suppressed', spawnKey: world.key(), why };
      return typesOf(effectsOf(world, () => world.observe(fact)));
    };
    expect(refused('slot-taken')).to.deep.equal(['EndStrays', 'ArmTimer']);
    expect(refused('key-taken')).to.deep.equal([]);
  });

  it('gives back what a removed process held', () => {
    const world = online();
    world.ask(all('DeleteProcesses'));
    expect(effectsOf(world, () => world.ended(0))).to.deep.equal([
      { type: 'ReleaseSlot', process: 0 },
    ]);
  });

  it('launches nothing for a run that was closed since', () => {
    const world = online();
    const spawn = world.log.filter(({ type }) => type === 'SpawnRequested');
    world.ask(all('StopProcesses'));
    world.ended(0);
    expect(plan(spawn, world.state)).to.deep.equal([]);
  });

  it('has nothing to do for what only changes the books', () => {
    const world = online();
    const quiet: Request[] = [
      { type: 'SaveLabel', label: 'before' },
      { type: 'ResetCounters', targets: EVERYTHING },
    ];
    for (const request of quiet) {
      expect(
        effectsOf(world, () => world.ask(request)),
        request.type,
      ).to.deep.equal([]);
    }
    const stopping = () => world.see({ type: 'DaemonStopping', reason: 'asked' });
    expect(effectsOf(world, stopping)).to.deep.equal([]);
  });

  it('has nothing to do for no events', () => {
    expect(plan([], online().state)).to.deep.equal([]);
  });
});

describe('the plan of a new daemon', () => {
  const reborn = (world: World, life = EPOCH as string) =>
    effectsOf(world, () =>
      world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch(life) }),
    );

  it('incident 1: asks about every open run at once, and launches none', () => {
    const world = new World();
    world.up(app('a'), app('b'));
    const [inspect, ...rest] = reborn(world);
    expect(inspect?.type === 'Inspect' && inspect.runs.map(({ process }) => process)).to.deep.equal(
      [0, 1],
    );
    expect(rest).to.deep.equal([]);
  });

  it('arms the timers that died with the old one', () => {
    const world = new World();
    world.up(app('a', { restart: { ...DEFAULT_RESTART, restartDelayMs: 300 } }), app('b'));
    world.ended(1, 0);
    world.ask({ type: 'StopProcesses', targets: [{ kind: 'name', name: 'b' }] });
    const timers = reborn(world).flatMap((effect) =>
      effect.type === 'ArmTimer' ? [effect.timer.kind] : [],
    );
    expect(timers).to.deep.equal(['restart', 'stop-deadline']);
  });

  it('does nothing in a new epoch, where nothing is alive', () => {
    const world = online();
    expect(reborn(world, 'life-2')).to.deep.equal([]);
  });

  it('incident 9: launches what an open restore owes in a new epoch, and does not ask about that', () => {
    const world = killed();
    world.ask(restore());
    expect(typesOf(reborn(world, 'life-2'))).to.deep.equal(['Launch', 'Launch']);
  });

  it('incident 4: arms the verdict of a restore that was settled', () => {
    const world = killed();
    world.ask(restore());
    world.started(0);
    world.started(1);
    expect(typesOf(reborn(world))).to.deep.equal(['Inspect', 'ArmTimer']);
  });
});

describe('the plan of a restore', () => {
  it('launches its members in its lane', () => {
    const world = killed();
    const effects = effectsOf(world, () => world.ask(restore({ concurrency: 4 })));
    const lanes = effects.flatMap((effect) => (effect.type === 'Launch' ? [effect.lane] : []));
    const lane = { runKey: 'boot', concurrency: 4 };
    expect(lanes).to.deep.equal([lane, lane]);
  });

  it('is judged 200 ms after its last member came up', () => {
    const world = killed();
    world.ask(restore());
    expect(effectsOf(world, () => world.started(0))).to.deep.equal([]);
    world.now += 50;
    expect(effectsOf(world, () => world.started(1))).to.deep.equal([
      {
        type: 'ArmTimer',
        timer: { kind: 'restore-verdict', runKey: 'boot', dueAt: world.now + 200 },
        withinMs: 200,
      },
    ]);
  });

  it('is judged only when its members are stable, when it is all or nothing', () => {
    const world = killed();
    world.ask(restore({ atomic: true }));
    world.started(0);
    const [timer] = effectsOf(world, () => world.started(1));
    expect(timer).to.have.nested.property('timer.dueAt', world.now + DEFAULT_RESTART.minUptimeMs);
  });

  it('launches what is started beside it in no lane', () => {
    const world = killed();
    world.ask(restore({ concurrency: 1 }));
    const [launch] = effectsOf(world, () =>
      world.ask({ type: 'StartApps', apps: [app('c')], existing: 'refuse' }),
    );
    expect(launch).to.include({ type: 'Launch', process: processId(2), lane: null });
  });
});

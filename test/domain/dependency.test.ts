import { expect } from 'chai';
import type { App } from '../../src/domain/app.js';
import { hopelessReason } from '../../src/domain/dependency.js';
import { epoch, runKey } from '../../src/domain/ids.js';
import type { Dependency } from '../../src/domain/policy.js';
import type { Request } from '../../src/domain/request.js';
import type { Target } from '../../src/domain/target.js';
import { app, EPOCH, EVERYTHING, World } from '../support/given.js';

type Needs = readonly (string | readonly [string, Dependency['condition']])[];

const needing = (name: string, needs: Needs, change: Partial<App> = {}): App => {
  const dependsOn = needs.map((need): Dependency => {
    const [other, condition] = typeof need === 'string' ? ([need, 'ready'] as const) : need;
    return { app: other, condition };
  });
  return app(name, { ...change, policies: { ...change.policies, dependsOn } });
};
const slow = (name: string): App =>
  app(name, {
    policies: {
      readiness: { probe: { kind: 'message' }, timeoutMs: 3000, intervalMs: 100 },
    },
  });
const job = (name: string): App => {
  const { restart, ...rest } = app(name);
  return { ...rest, restart: { ...restart, autorestart: 'never' } };
};

const startAll = (...apps: App[]): Request => ({ type: 'StartApps', apps, existing: 'refuse' });
const named = (...names: string[]): Target[] => names.map((name) => ({ kind: 'name', name }));
const phases = (world: World): string[] =>
  [...world.state.processes.values()].map(({ phase }) => phase.is);
const ready = (world: World, id: number): string[] =>
  world.observe({ kind: 'ready', spawnKey: world.key(id), readyAt: world.now });

describe('what an app depends on', () => {
  it('is started first, and the app when it is ready', () => {
    const world = new World();
    world.ask(startAll(needing('web', ['db']), slow('db')));
    expect(phases(world)).to.deep.equal(['blocked', 'launching']);
    world.started(1);
    expect(phases(world)).to.deep.equal(['blocked', 'online']);
    expect(ready(world, 1)).to.deep.equal(['ProcessReady', 'SpawnRequested']);
    expect(phases(world)).to.deep.equal(['launching', 'online']);
  });

  it('counts as started without being ready, where that is enough', () => {
    const world = new World();
    world.ask(startAll(slow('db'), needing('web', [['db', 'started']])));
    expect(world.started(0)).to.deep.equal(['ProcessStarted', 'SpawnRequested']);
  });

  it('has to exit with code 0, where that is the condition', () => {
    for (const [code, phase] of [
      [0, 'launching'],
      [3, 'blocked'],
    ] as const) {
      const world = new World();
      world.ask(startAll(job('migrate'), needing('web', [['migrate', 'exited-successfully']])));
      world.started(0);
      world.ended(code, 0);
      expect(phases(world)).to.deep.equal(['stopped', phase]);
    }
  });

  it('is waited for with all its instances', () => {
    const world = new World();
    world.ask(startAll(app('db', { instances: 2 }), needing('web', ['db'])));
    world.started(0);
    expect(phases(world)[2]).to.equal('blocked');
    world.started(1);
    expect(phases(world)[2]).to.equal('launching');
  });

  it('starts in parallel where it can', () => {
    const world = new World();
    world.ask(startAll(app('a'), app('b'), needing('c', ['a', 'b']), needing('d', ['a'])));
    expect(phases(world)).to.deep.equal(['launching', 'launching', 'blocked', 'blocked']);
    world.started(0);
    expect(phases(world)).to.deep.equal(['online', 'launching', 'blocked', 'launching']);
  });

  it('is brought up when the app is started alone', () => {
    const world = new World();
    world.up(app('db'));
    world.ask(startAll(needing('web', ['db'])));
    world.started(1);
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    world.ended(null, 1, undefined, 'SIGTERM');
    world.ended(null, 0, undefined, 'SIGTERM');
    world.ask({ type: 'StartProcesses', targets: named('web') });
    expect(phases(world)).to.deep.equal(['launching', 'blocked']);
  });

  it('does not have to be up when the app restarts after a crash', () => {
    const world = new World();
    world.ask(startAll(app('db'), needing('web', ['db'])));
    world.started(0);
    world.started(1);
    world.ask({ type: 'StopProcesses', targets: named('db') });
    world.ended(null, 0, undefined, 'SIGTERM');
    world.ended(1, 1);
    expect(phases(world)).to.deep.equal(['stopped', 'launching']);
  });

  it('may be deleted: the app goes on, and its next start says what is missing', () => {
    const world = new World();
    world.ask(startAll(app('db'), needing('web', ['db'])));
    world.started(0);
    world.started(1);
    world.ask({ type: 'DeleteProcesses', targets: named('db') });
    world.ended(null, 0, undefined, 'SIGTERM');
    expect(world.process(1).phase.is).to.equal('online');
    world.ask({ type: 'StopProcesses', targets: named('web') });
    world.ended(null, 1, undefined, 'SIGTERM');
    world.ask({ type: 'StartProcesses', targets: named('web') });
    expect(world.process(1).phase.is).to.equal('blocked');
    expect(hopelessReason(world.state, world.process(1))).to.equal(
      'it depends on default/db, which does not exist',
    );
  });

  it('that is stopped while the app waits leaves it waiting, and one stop ends the wait', () => {
    const world = new World();
    world.ask(startAll(slow('db'), needing('web', ['db'])));
    expect(world.ask({ type: 'StopProcesses', targets: named('web') }).events).to.deep.equal([
      'WantedChanged',
    ]);
    world.started(0);
    ready(world, 0);
    expect(phases(world)).to.deep.equal(['online', 'stopped']);
  });
});

describe('a process that waits for another one', () => {
  it('waits for a restore when the epoch ends, and starts nothing by itself', () => {
    const world = new World();
    world.ask(startAll(slow('db'), needing('web', ['db'])));
    world.started(0);
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch('life-2') });
    expect(phases(world)).to.deep.equal(['stopped', 'stopped']);
  });

  it('goes on waiting for it under the next daemon of the same epoch', () => {
    const world = new World();
    world.ask(startAll(slow('db'), needing('web', ['db'])));
    world.started(0);
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: EPOCH });
    ready(world, 0);
    expect(phases(world)).to.deep.equal(['online', 'launching']);
  });
});

describe('stopping what others depend on', () => {
  const upTogether = (): World => {
    const world = new World();
    world.ask(startAll(app('db'), needing('api', ['db']), needing('web', ['api'])));
    for (const id of [0, 1, 2]) world.started(id);
    return world;
  };

  for (const [verb, request] of [
    ['stop', { type: 'StopProcesses', targets: EVERYTHING }],
    ['delete', { type: 'DeleteProcesses', targets: EVERYTHING }],
    ['kill', { type: 'Shutdown' }],
  ] as const) {
    it(`${verb} ends the last first, and each when those that depend on it are gone`, () => {
      const world = upTogether();
      world.ask(request);
      expect(phases(world)).to.deep.equal(['online', 'online', 'stopping']);
      expect(world.ended(null, 2, undefined, 'SIGTERM')).to.include('StopRequested');
      expect(world.process(1).phase.is).to.equal('stopping');
      expect(world.process(0).phase.is).to.equal('online');
      expect(world.ended(null, 1, undefined, 'SIGTERM')).to.include('StopRequested');
      expect(world.ended(null, 0, undefined, 'SIGTERM')).to.not.include('SpawnRequested');
      if (verb === 'delete') expect(world.state.processes.size).to.equal(0);
      else expect(phases(world)).to.deep.equal(['stopped', 'stopped', 'stopped']);
    });
  }

  it('restart ends the last first, and begins with the first when all are gone', () => {
    const world = upTogether();
    world.ask({ type: 'RestartProcesses', targets: EVERYTHING });
    expect(phases(world)).to.deep.equal(['online', 'online', 'stopping']);
    world.ended(null, 2, undefined, 'SIGTERM');
    expect(phases(world)).to.deep.equal(['online', 'stopping', 'blocked']);
    world.ended(null, 1, undefined, 'SIGTERM');
    expect(phases(world)).to.deep.equal(['stopping', 'blocked', 'blocked']);
    world.ended(null, 0, undefined, 'SIGTERM');
    expect(phases(world)).to.deep.equal(['launching', 'blocked', 'blocked']);
    for (const id of [0, 1, 2]) world.started(id);
    expect(phases(world)).to.deep.equal(['online', 'online', 'online']);
    expect([0, 1, 2].map((id) => world.process(id).restarts)).to.deep.equal([1, 1, 1]);
  });

  it('a stop in the middle of a restart leaves all of them down', () => {
    const world = upTogether();
    world.ask({ type: 'RestartProcesses', targets: EVERYTHING });
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    for (const id of [2, 1, 0]) world.ended(null, id, undefined, 'SIGTERM');
    expect(phases(world)).to.deep.equal(['stopped', 'stopped', 'stopped']);
  });

  it('a start of one that is about to be restarted leaves it so', () => {
    const world = upTogether();
    world.ask({ type: 'RestartProcesses', targets: EVERYTHING });
    world.ask({ type: 'StartProcesses', targets: named('db') });
    for (const id of [2, 1, 0]) world.ended(null, id, undefined, 'SIGTERM');
    for (const id of [0, 1, 2]) world.started(id);
    expect(phases(world)).to.deep.equal(['online', 'online', 'online']);
  });

  it('restart of one alone leaves those that depend on it as they are', () => {
    const world = upTogether();
    world.ask({ type: 'RestartProcesses', targets: named('db') });
    expect(phases(world)).to.deep.equal(['stopping', 'online', 'online']);
    expect(world.ended(null, 0, undefined, 'SIGTERM')).to.include('SpawnRequested');
    expect(phases(world)).to.deep.equal(['launching', 'online', 'online']);
  });

  it('does not wait for dependents that go on', () => {
    const world = upTogether();
    world.ask({ type: 'StopProcesses', targets: named('db') });
    expect(phases(world)).to.deep.equal(['stopping', 'online', 'online']);
  });

  it('is taken back by a start before its turn came', () => {
    const world = upTogether();
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    expect(world.ask({ type: 'StartProcesses', targets: named('db') }).events).to.deep.equal([
      'WantedChanged',
      'StopWithdrawn',
    ]);
    world.ended(null, 2, undefined, 'SIGTERM');
    world.ended(null, 1, undefined, 'SIGTERM');
    expect(world.process(0).phase.is).to.equal('online');
  });

  it('that ends by itself while it waits for them is not started again', () => {
    const world = upTogether();
    world.ask({ type: 'Shutdown' });
    expect(world.ended(1, 0)).to.deep.equal(['ProcessExited']);
    expect(world.process(0).phase).to.deep.equal({ is: 'stopped', because: 'killed' });
  });
});

describe('a restore of apps that depend on each other', () => {
  const restore: Request = {
    type: 'Restore',
    runKey: runKey('r'),
    source: { kind: 'wanted' },
    set: null,
    atomic: false,
    concurrency: 0,
  };
  const killed = (): World => {
    const world = new World();
    world.ask(startAll(slow('db'), needing('web', ['db'])));
    world.started(0);
    ready(world, 0);
    world.started(1);
    world.ask({ type: 'Shutdown' });
    world.ended(null, 1, undefined, 'SIGTERM');
    world.ended(null, 0, undefined, 'SIGTERM');
    return world;
  };
  const verdict = (world: World): string[] =>
    world.see({
      type: 'TimerFired',
      timer: { kind: 'restore-verdict', runKey: runKey('r'), dueAt: world.now },
    });
  const results = (world: World): unknown => {
    const last = world.log.findLast(({ type }) => type === 'RestoreCompleted');
    return last?.type === 'RestoreCompleted'
      ? last.data.results.map(({ outcome, problem }) => [outcome, problem])
      : null;
  };

  it('brings them up in order, and is complete when the last is up', () => {
    const world = killed();
    world.ask(restore);
    expect(phases(world)).to.deep.equal(['launching', 'blocked']);
    world.started(0);
    expect(verdict(world)).to.deep.equal([]);
    ready(world, 0);
    expect(world.process(1).phase).to.deep.include({ is: 'launching' });
    world.started(1);
    expect(verdict(world)).to.deep.equal(['RestoreCompleted']);
    expect(results(world)).to.deep.equal([
      ['started', null],
      ['started', null],
    ]);
  });

  it('says of both why they did not come up when the first does not get ready', () => {
    const world = killed();
    world.ask(restore);
    world.started(0);
    const { phase } = world.process(0);
    const dueAt = phase.is === 'online' && phase.ready.is === 'awaited' ? phase.ready.dueAt : 0;
    world.see({
      type: 'TimerFired',
      timer: { kind: 'ready-deadline', spawnKey: world.key(0), dueAt },
    });
    verdict(world);
    expect(results(world)).to.deep.equal([
      ['failed', 'it was not ready within 3000 ms'],
      ['failed', 'it depends on default/db, which does not get ready'],
    ]);
  });

  it('keeps their order when the epoch ends in the middle', () => {
    const world = killed();
    world.ask(restore);
    world.started(0);
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch('life-2') });
    expect(phases(world)).to.deep.equal(['launching', 'blocked']);
  });
});

describe('definitions that cannot be put in an order', () => {
  const cases: readonly (readonly [string, readonly App[], string])[] = [
    [
      'a circle is refused with its way',
      [needing('a', ['b']), needing('b', ['c']), needing('c', ['a'])],
      'in a circle: default/a -> default/b -> default/c -> default/a',
    ],
    ['an app that waits for itself', [needing('a', ['a'])], 'default/a -> default/a'],
    [
      'a name that is missing is refused with the nearest',
      [needing('web', ['databse']), app('database')],
      '"web" depends on "databse", which does not exist; did you mean "database"?',
    ],
    [
      'the end of an app that is always started again',
      [app('migrate'), needing('web', [['migrate', 'exited-successfully']])],
      '"web" waits until "migrate" has exited, but that is always started again',
    ],
  ];
  for (const [title, apps, message] of cases) {
    it(`${title}; nothing is defined`, () => {
      const world = new World();
      const { outcome, events } = world.ask(startAll(...apps));
      expect(outcome).to.have.nested.property('refusal.message').that.includes(message);
      expect(events).to.deep.equal([]);
    });
  }

  it('a dependency in another namespace is named with it', () => {
    const world = new World();
    world.up(app('db', { namespace: 'infra' }));
    const { outcome } = world.ask(startAll(needing('web', ['infra/db'])));
    expect(outcome).to.have.property('answer');
  });
});

import { expect } from 'chai';
import type { EventType } from '../../src/domain/event.js';
import { epoch, type ProcessId } from '../../src/domain/ids.js';
import type { Request } from '../../src/domain/request.js';
import { openRun } from '../../src/domain/state.js';
import { app, EVERYTHING, World } from '../support/given.js';

const RELOAD: Request = { type: 'ReloadProcesses', targets: EVERYTHING };

/** Three programs of one app run, and a reload of them was asked for. */
const reloading = (): World => {
  const world = new World();
  world.up(app('web', { instances: 3 }));
  expect(world.ask(RELOAD).events).to.deep.equal([
    'ReloadRequested',
    'ReloadStepped',
    'StopRequested',
  ]);
  return world;
};

const verdict = (world: World): EventType[] => {
  const [reload] = world.state.reloads;
  if (!reload?.current) throw new Error('no reload is open');
  const { seq, current } = reload;
  const timer = {
    kind: 'reload-verdict',
    reload: seq,
    process: current.process,
    dueAt: 0,
  } as const;
  return world.see({ type: 'TimerFired', timer });
};

/** The current program ends and its next run is up. */
const replace = (world: World, id: ProcessId | number): void => {
  world.ended(0, id);
  world.started(id);
};

const phases = (world: World): string[] =>
  [...world.state.processes.values()].map(({ phase }) => phase.is);

describe('a reload', () => {
  it('restarts one process after another, each when the one before is up', () => {
    const world = reloading();
    expect(phases(world)).to.deep.equal(['stopping', 'online', 'online']);
    expect(verdict(world), 'it is not up yet').to.deep.equal([]);
    replace(world, 0);
    expect(verdict(world)).to.deep.equal(['ReloadStepped', 'StopRequested']);
    expect(phases(world)).to.deep.equal(['online', 'stopping', 'online']);
    replace(world, 1);
    verdict(world);
    replace(world, 2);
    expect(verdict(world)).to.deep.equal(['ReloadCompleted']);
    expect(world.state.reloads).to.deep.equal([]);
    expect([...world.state.processes.values()].map(({ runs }) => runs)).to.deep.equal([2, 2, 2]);
  });

  it('goes on when its daemon is started again', () => {
    const world = reloading();
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch('life-1') });
    replace(world, 0);
    expect(verdict(world)).to.deep.equal(['ReloadStepped', 'StopRequested']);
  });

  it('ends where one does not come up, and leaves those after it', () => {
    const world = reloading();
    replace(world, 0);
    world.ended(1, 0);
    world.started(0);
    expect(verdict(world)).to.deep.equal(['ReloadCompleted']);
    expect(phases(world)).to.deep.equal(['online', 'online', 'online']);
    expect(world.log.at(-1)?.data).to.deep.equal({
      reload: world.log.find(({ type }) => type === 'ReloadRequested')?.seq,
      failed: { process: 0, problem: 'it exited with code 1' },
      left: [1, 2],
    });
  });

  it('goes on where a program has done its work', () => {
    const world = new World();
    world.up(app('a', { restart: { ...app('a').restart, autorestart: 'never' } }), app('b'));
    world.ask(RELOAD);
    replace(world, 0);
    world.ended(0, 0);
    expect(verdict(world)).to.deep.equal(['ReloadStepped', 'StopRequested']);
  });

  it('brings nothing back that was stopped or deleted meanwhile', () => {
    const world = reloading();
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    for (const id of [0, 1, 2]) world.ended(0, id);
    expect(verdict(world)).to.deep.equal(['ReloadCompleted']);
    expect(phases(world)).to.deep.equal(['stopped', 'stopped', 'stopped']);
  });

  it('ends with a new epoch and with a kill, after which nothing starts by itself', () => {
    const reborn = reloading();
    reborn.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch('life-2') });
    const killed = reloading();
    killed.ask({ type: 'Shutdown' });
    for (const id of [0, 1, 2]) killed.ended(0, id);
    for (const world of [reborn, killed]) {
      expect(world.state.reloads).to.deep.equal([]);
      const open = [...world.state.processes.values()].filter((one) => openRun(one) !== null);
      expect(open).to.deep.equal([]);
    }
  });

  it('brings up at once what does not run', () => {
    const world = new World();
    world.up(app('a'), app('b'));
    world.ask({ type: 'StopProcesses', targets: [{ kind: 'name', name: 'a' }] });
    world.ended(0, 0);
    expect(world.ask(RELOAD).events).to.include.members(['SpawnRequested', 'ReloadRequested']);
    expect(phases(world)).to.deep.equal(['launching', 'stopping']);
  });

  it('is refused while one of its processes still has its turn in another', () => {
    const world = reloading();
    const { outcome } = world.ask(RELOAD);
    expect(outcome).to.have.nested.property('refusal.code', 'RELOAD_OPEN');
    const again = { type: 'ApplyApps', restart: 'reload', prune: null, agreed: null } as const;
    const applied = world.ask({ ...again, apps: [app('web', { instances: 3 })] });
    expect(applied.outcome).to.have.nested.property('refusal.code', 'RELOAD_OPEN');
  });

  it('of definitions starts what is new and takes what there is in turn', () => {
    const world = new World();
    world.up(app('web', { instances: 2 }));
    const apps = [app('web', { instances: 3, cwd: '/srv' }), app('api')];
    const request = {
      type: 'ApplyApps',
      apps,
      restart: 'reload',
      prune: null,
      agreed: null,
    } as const;
    world.ask(request);
    expect(phases(world)).to.deep.equal(['stopping', 'online', 'launching', 'launching']);
    expect(world.state.reloads[0]?.members).to.deep.equal([0, 1]);
  });
});

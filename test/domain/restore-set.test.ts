import { expect } from 'chai';
import { DEFAULT_RESTART } from '../../src/domain/app.js';
import { epoch, processId, runKey, seq } from '../../src/domain/ids.js';
import type { Request, WantedApp } from '../../src/domain/request.js';
import { app, EVERYTHING, World } from '../support/given.js';

const once = { ...DEFAULT_RESTART, autorestart: 'never' as const };

const restore = (change: Partial<Extract<Request, { type: 'Restore' }>> = {}): Request => ({
  type: 'Restore',
  runKey: runKey('boot'),
  source: { kind: 'wanted' },
  set: null,
  atomic: false,
  concurrency: 0,
  ...change,
});

const fromLabel = (...set: WantedApp[]): Request =>
  restore({ source: { kind: 'label', label: 'before', seq: seq(9) }, set });

const slot = (process: number, instance = 0) => ({ process: processId(process), instance });

const verdict = (world: World) =>
  world.see({
    type: 'TimerFired',
    timer: { kind: 'restore-verdict', runKey: runKey('boot'), dueAt: 0 },
  });

/** Outcome of each process in the run that was completed last. */
const results = (world: World): string[] => {
  const last = world.log.at(-1);
  if (last?.type !== 'RestoreCompleted') throw new Error(`not completed: ${last?.type}`);
  return last.data.results.map(({ process, outcome }) => `${process} ${outcome}`);
};

/** Two apps that are wanted up and down. */
const killed = (second = app('b')): World => {
  const world = new World();
  world.up(app('a'), second);
  world.ask({ type: 'Shutdown' });
  world.ended(0, 0);
  world.ended(0, 1);
  return world;
};

describe('a restore of an earlier moment', () => {
  it('defines a deleted app anew, under another id', () => {
    const world = new World();
    world.up(app('web'));
    world.ask({ type: 'DeleteProcesses', targets: EVERYTHING });
    world.ended(0);
    const { events } = world.ask(fromLabel({ app: app('web'), slots: [slot(0)] }));
    expect(events).to.deep.equal([
      'AppDefined',
      'ProcessCreated',
      'RestoreRequested',
      'SpawnRequested',
    ]);
    expect([...world.state.processes.keys()]).to.deep.equal([1]);
  });

  it('brings up what was stopped since, and leaves alone what it does not name', () => {
    const world = new World();
    world.up(app('a'), app('b'));
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    world.ended(0, 0);
    world.ended(0, 1);
    world.ask(fromLabel({ app: app('a'), slots: [slot(0)] }));
    expect(world.process(0)).to.deep.include({ wanted: 'up' });
    expect(world.process(1)).to.deep.include({ wanted: 'down' });
  });

  it('knows a slot by its app and instance when the app was deleted and started again since', () => {
    const world = new World();
    world.up(app('web'));
    world.ask({ type: 'DeleteProcesses', targets: EVERYTHING });
    world.ended(0);
    world.up(app('web'));
    const { events } = world.ask(fromLabel({ app: app('web'), slots: [slot(0)] }));
    expect(events).to.deep.equal(['RestoreRequested', 'RestoreCompleted']);
    expect(results(world)).to.deep.equal(['1 already-up']);
  });

  it('of another set is refused while one is open', () => {
    const world = killed();
    world.ask(restore());
    const { events, outcome } = world.ask(fromLabel({ app: app('a'), slots: [slot(0)] }));
    expect(events).to.deep.equal([]);
    expect('refusal' in outcome && outcome.refusal.code).to.equal('RESTORE_OPEN');
  });
});

describe('the verdict on a restore', () => {
  it('waits for whoever is still being launched', () => {
    const world = killed();
    world.ask(restore());
    world.started(0);
    expect(verdict(world)).to.deep.equal([]);
    world.started(1);
    expect(verdict(world)).to.deep.equal(['RestoreCompleted']);
    expect(results(world)).to.deep.equal(['0 started', '1 started']);
  });

  it('of another run changes nothing', () => {
    const world = killed();
    world.ask(restore());
    world.started(0);
    world.started(1);
    const timer = { kind: 'restore-verdict', runKey: runKey('other'), dueAt: 0 } as const;
    expect(world.see({ type: 'TimerFired', timer })).to.deep.equal([]);
  });

  it('incident 15: does not count a process as failed that was stopped or deleted meanwhile', () => {
    const world = killed();
    world.ask(restore());
    world.started(0);
    world.started(1);
    world.ask({ type: 'StopProcesses', targets: [{ kind: 'name', name: 'a' }] });
    world.ask({ type: 'DeleteProcesses', targets: [{ kind: 'name', name: 'b' }] });
    world.ended(0, 0);
    world.ended(0, 1);
    verdict(world);
    expect(results(world)).to.deep.equal(['0 superseded', '1 superseded']);
    const last = world.log.at(-1);
    expect(last?.data).to.include({ outcome: 'up' });
  });

  it('counts a program that crashed and came back as failed', () => {
    const world = killed();
    world.ask(restore());
    world.started(0);
    world.started(1);
    world.ended(1, 1);
    world.started(1);
    verdict(world);
    expect(results(world)).to.deep.equal(['0 started', '1 failed']);
  });

  it('all or nothing: leaves alone what was up before', () => {
    const world = new World();
    world.up(app('a'), app('b', { restart: once }));
    world.ended(0, 1);
    world.ask(restore({ atomic: true }));
    world.started(1);
    world.ended(7, 1);
    expect(verdict(world)).to.deep.equal(['RestoreRolledBack', 'RestoreCompleted']);
    expect(results(world)).to.deep.equal(['0 already-up', '1 failed']);
    expect(world.process(0).phase.is).to.equal('online');
  });

  it('all or nothing: cancels the restart of a program in back-off', () => {
    const patient = { ...DEFAULT_RESTART, restartDelayMs: 500 };
    const world = killed(app('b', { restart: patient }));
    world.ask(restore({ atomic: true }));
    world.started(0);
    world.started(1);
    world.ended(7, 1);
    expect(verdict(world)).to.deep.equal([
      'RestoreRolledBack',
      'StopRequested',
      'RestartCancelled',
    ]);
    expect(world.ended(0, 0)).to.deep.equal(['ProcessExited', 'RestoreCompleted']);
    expect(results(world)).to.deep.equal(['0 rolled-back', '1 failed']);
  });
});

describe('a new epoch', () => {
  const reboot = (world: World) =>
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch('life-2') });

  it('cancels restarts that were waiting', () => {
    const world = new World();
    world.up(app('web', { restart: { ...DEFAULT_RESTART, restartDelayMs: 500 } }));
    world.ended(1);
    expect(reboot(world)).to.deep.equal(['DaemonStarted', 'RestartCancelled']);
    expect(world.process()).to.deep.include({
      wanted: 'up',
      phase: { is: 'stopped', because: 'lost' },
    });
  });

  it('incident 24: leaves errored what was errored', () => {
    const world = new World();
    world.up(app('web', { restart: { ...DEFAULT_RESTART, maxRestarts: 0 } }));
    world.ended(1);
    expect(reboot(world)).to.deep.equal(['DaemonStarted']);
    expect(world.process().phase.is).to.equal('errored');
  });

  it('incident 11: removes what was being deleted', () => {
    const world = new World();
    world.up(app('web'));
    world.ask({ type: 'DeleteProcesses', targets: EVERYTHING });
    expect(reboot(world)).to.deep.equal(['DaemonStarted', 'ProcessLost', 'ProcessRemoved']);
    expect(world.ask(restore()).outcome).to.have.nested.property('answer.processes').that.is.empty;
  });

  it('incident 11: an app that was stopped stays stopped through a restore', () => {
    const world = new World();
    world.up(app('web'));
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    reboot(world);
    expect(world.ask(restore()).events).to.not.include('SpawnRequested');
    expect(world.process().phase.is).to.equal('stopped');
  });

  it('incident 10: what was slow to stop for a restart is wanted up, and a restore starts it', () => {
    const world = new World();
    world.up(app('web'));
    world.ask({ type: 'RestartProcesses', targets: EVERYTHING });
    expect(reboot(world)).to.deep.equal(['DaemonStarted', 'ProcessLost']);
    expect(world.ask(restore()).events).to.deep.equal(['RestoreRequested', 'SpawnRequested']);
  });

  it('incident 9: a member of an open restore that was stopped meanwhile is not started', () => {
    const world = killed();
    world.ask(restore());
    world.ask({ type: 'StopProcesses', targets: [{ kind: 'name', name: 'a' }] });
    expect(reboot(world)).to.deep.equal([
      'DaemonStarted',
      'ProcessLost',
      'ProcessLost',
      'SpawnRequested',
    ]);
    expect(world.process(0).phase.is).to.equal('stopped');
    expect(world.process(1).phase.is).to.equal('launching');
  });

  it('incident 9: an open rollback is completed, not undone', () => {
    const world = killed(app('b', { restart: once }));
    world.ask(restore({ atomic: true }));
    world.started(0);
    world.started(1);
    world.ended(7, 1);
    verdict(world);
    expect(reboot(world)).to.deep.equal(['DaemonStarted', 'ProcessLost', 'RestoreCompleted']);
    expect(results(world)).to.deep.equal(['0 rolled-back', '1 failed']);
  });
});

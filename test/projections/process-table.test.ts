import { expect } from 'chai';
import { DEFAULT_RESTART } from '../../src/domain/app.js';
import { epoch, processId } from '../../src/domain/ids.js';
import { processTable } from '../../src/projections/process-table.js';
import { app, EVERYTHING, World } from '../support/given.js';

const row = (world: World) => {
  const [first] = processTable(world.state);
  if (!first) throw new Error('an empty table');
  return first;
};

describe('the process table', () => {
  it('shows a running program with everything that is known of it', () => {
    const world = new World();
    world.up(app('web', { namespace: 'shop' }));
    const loads = new Map([[processId(0), { cpuPercent: 1.5, memoryBytes: 4096 }]]);
    const { phase } = world.process();
    expect(processTable(world.state, loads)).to.deep.equal([
      {
        id: 0,
        name: 'web',
        namespace: 'shop',
        instance: 0,
        status: 'online',
        wanted: 'up',
        pid: phase.is === 'online' ? phase.started.program.pid : 'not online',
        startedAt: world.now,
        restarts: 0,
        spawnKey: world.key(),
        cpuPercent: 1.5,
        memoryBytes: 4096,
        lastExit: null,
        adopted: false,
        awaitsRestore: false,
        nextRestartAt: null,
        ready: true,
        scheduled: false,
        problem: null,
        logs: { out: 'web-out.log', error: 'web-error.log' },
      },
    ]);
  });

  it('shows nothing of a program that is down but how it ended', () => {
    const world = new World();
    world.up(app('web', { restart: { ...DEFAULT_RESTART, autorestart: 'never' } }));
    world.ended(3);
    expect(row(world)).to.deep.include({
      status: 'stopped',
      wanted: 'up',
      pid: null,
      startedAt: null,
      spawnKey: null,
      cpuPercent: null,
      memoryBytes: null,
      lastExit: { code: 3, signal: null, at: world.now, reason: 'exited' },
      awaitsRestore: false,
    });
  });

  it('incident 23: an exit by signal shows the signal and no code', () => {
    const world = new World();
    world.up(app('web', { restart: { ...DEFAULT_RESTART, autorestart: 'never' } }));
    world.ended(null, 0, undefined, 'SIGKILL');
    expect(row(world).lastExit).to.deep.include({ code: null, signal: 'SIGKILL' });
  });

  it('says when a program that waits is started again', () => {
    const world = new World();
    world.up(app('web', { restart: { ...DEFAULT_RESTART, restartDelayMs: 300 } }));
    world.ended(1);
    expect(row(world)).to.include({
      status: 'waiting restart',
      nextRestartAt: world.now + 300,
    });
  });

  it('says of an adopted program that it was adopted', () => {
    const world = new World();
    world.up(app('web'));
    const program = { pid: 77, startTicks: 7 };
    world.observe({
      kind: 'adopted',
      spawnKey: world.key(),
      program,
      launcher: null,
      startedAt: 5,
    });
    expect(row(world)).to.include({ status: 'online', adopted: true, pid: 77, startedAt: 5 });
  });

  it('marks what only a restore brings up again: after a new epoch and after a kill, not after a stop', () => {
    const world = new World();
    world.up(app('web'));
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch('life-2') });
    expect(row(world).awaitsRestore).to.equal(true);
    world.ask({ type: 'StartProcesses', targets: EVERYTHING });
    world.started();
    world.ask({ type: 'Shutdown' });
    world.ended(0);
    expect(row(world).awaitsRestore).to.equal(true);
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    expect(row(world).awaitsRestore).to.equal(false);
  });

  it('is in order of id', () => {
    const world = new World();
    world.up(app('z'), app('a', { instances: 2 }));
    expect(processTable(world.state).map(({ id }) => id)).to.deep.equal([0, 1, 2]);
  });
});

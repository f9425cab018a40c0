import { expect } from 'chai';
import type { App } from '../../src/domain/app.js';
import { appKey, processId } from '../../src/domain/ids.js';
import type { Policies, Schedule } from '../../src/domain/policy.js';
import type { Report } from '../../src/domain/report.js';
import type { Request } from '../../src/domain/request.js';
import { app, EVERYTHING, World } from '../support/given.js';

const withPolicies = (policies: Policies, change: Partial<App> = {}): App =>
  app('web', { ...change, policies });
const up = (policies: Policies, change: Partial<App> = {}): World => {
  const world = new World();
  world.up(withPolicies(policies, change));
  return world;
};
const lastOf = (world: World, type: string): unknown =>
  world.log.findLast((event) => event.type === type)?.data;

describe('a program that has to get ready', () => {
  const policies: Policies = {
    readiness: { probe: { kind: 'message' }, timeoutMs: 3000, intervalMs: 100 },
  };
  const deadline = (world: World): Report => {
    const { phase } = world.process();
    const dueAt = phase.is === 'online' && phase.ready.is === 'awaited' ? phase.ready.dueAt : -1;
    return {
      type: 'TimerFired',
      timer: { kind: 'ready-deadline', spawnKey: world.key(), dueAt },
    };
  };
  const readyNow = (world: World): string[] =>
    world.observe({ kind: 'ready', spawnKey: world.key(), readyAt: world.now });

  it('is ready once, however often it is told', () => {
    const world = up(policies);
    expect(readyNow(world)).to.deep.equal(['ProcessReady']);
    expect(readyNow(world)).to.deep.equal([]);
  });

  it('is overdue at its deadline, runs on, and may get ready later', () => {
    const world = up(policies);
    expect(world.see(deadline(world))).to.deep.equal(['ReadinessOverdue']);
    expect(world.process().phase.is).to.equal('online');
    expect(readyNow(world)).to.deep.equal(['ProcessReady']);
  });

  it('is not overdue when it got ready before, nor for an earlier deadline', () => {
    const world = up(policies);
    const earlier = deadline(world);
    world.observe({
      kind: 'adopted',
      spawnKey: world.key(),
      program: { pid: 9, startTicks: 9 },
      launcher: null,
      startedAt: 1,
    });
    world.now += 1;
    readyNow(world);
    expect(world.see(earlier)).to.deep.equal([]);
  });

  it('stays ready when another daemon takes it over, and has its time again when it was not', () => {
    const world = up(policies);
    const adopt = (): string[] =>
      world.observe({
        kind: 'adopted',
        spawnKey: world.key(),
        program: { pid: 9, startTicks: 9 },
        launcher: null,
        startedAt: 1,
      });
    world.now += 10_000;
    adopt();
    expect(world.process().phase).to.have.nested.property('ready.dueAt', world.now + 3000);
    readyNow(world);
    adopt();
    expect(world.process().phase).to.have.nested.property('ready.is', 'ready');
  });

  it('is late still when another daemon takes it over', () => {
    const world = up(policies);
    world.see(deadline(world));
    world.observe({
      kind: 'adopted',
      spawnKey: world.key(),
      program: { pid: 9, startTicks: 9 },
      launcher: null,
      startedAt: 1,
    });
    expect(world.process().phase).to.have.nested.property('ready.is', 'overdue');
  });

  it('keeps the last error output until its next run', () => {
    const world = up(policies);
    world.see({ type: 'ErrorOutputRead', process: processId(0), lines: ['no database'] });
    expect(world.process().errorLines).to.deep.equal(['no database']);
    world.ended(1);
    expect(world.process().errorLines).to.deep.equal([]);
  });
});

describe('restarts that a policy asks for', () => {
  const memory: Policies = { memory: { maxBytes: 100, intervalMs: 1000 } };

  it('too much memory ends the run with the figure, and the next one says why', () => {
    const world = up(memory);
    const key = world.key();
    const events = world.see({ type: 'MemoryMeasured', spawnKey: key, memoryBytes: 101 });
    expect(events).to.deep.equal(['MemoryExceeded', 'StopRequested']);
    expect(lastOf(world, 'MemoryExceeded')).to.deep.include({
      memoryBytes: 101,
      maxBytes: 100,
      intervalMs: 1000,
    });
    world.ended(null, 0, key, 'SIGTERM');
    expect(lastOf(world, 'SpawnRequested')).to.include({ reason: 'memory' });
    expect(world.process()).to.include({ restarts: 1 });
    expect(world.process().lastExit).to.include({ reason: 'memory' });
  });

  it('a measurement of an earlier run, of one that is ending, or within the limit means nothing', () => {
    const world = up(memory);
    const key = world.key();
    const measured = (memoryBytes: number): string[] =>
      world.see({ type: 'MemoryMeasured', spawnKey: key, memoryBytes });
    expect(measured(100)).to.deep.equal([]);
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    expect(measured(500)).to.deep.equal([]);
    world.ended(null, 0, key, 'SIGTERM');
    world.ask({ type: 'StartProcesses', targets: EVERYTHING });
    world.started();
    expect(measured(500)).to.deep.equal([]);
  });

  it('failing health ends the run with what was wrong; the failures before it still count', () => {
    const world = up({});
    world.ended(1);
    world.started();
    const lost: Report = {
      type: 'LivenessLost',
      spawnKey: world.key(),
      failures: 3,
      problem: 'answered 500',
    };
    expect(world.see(lost)).to.deep.equal(['LivenessFailed', 'StopRequested']);
    world.ended(null, 0, undefined, 'SIGTERM');
    expect(lastOf(world, 'SpawnRequested')).to.include({ reason: 'unhealthy' });
    expect(world.process().failures).to.have.length(1);
  });

  const changed: Report = {
    type: 'WatchedFilesChanged',
    app: appKey('default', 'web'),
    files: ['a.js'],
    more: 0,
  };

  it('changed files restart every instance that is wanted up, whatever state it is in', () => {
    const world = up({}, { instances: 3, restart: { ...app('x').restart, maxRestarts: 0 } });
    world.ended(1, 1);
    expect(world.process(1).phase.is).to.equal('errored');
    world.ask({ type: 'StopProcesses', targets: [{ kind: 'id', id: 2 }] });
    expect(world.see(changed)).to.deep.equal(['FilesChanged', 'StopRequested', 'SpawnRequested']);
    expect(world.process(1).phase).to.have.nested.property('run.reason', 'watch');
  });

  it('changed files start nothing that is down or waits for a restore', () => {
    const world = up({});
    world.ask({ type: 'Shutdown' });
    world.ended(null, 0, undefined, 'SIGTERM');
    expect(world.see(changed)).to.deep.equal([]);
  });

  it('every such event names what led to it', () => {
    const world = up({});
    world.see(changed);
    const [files, stop] = world.log.slice(-2);
    expect(stop?.causedBy).to.equal(files?.seq);
  });
});

describe('a cron pattern', () => {
  const due = (world: World, tickAt = world.now): string[] =>
    world.see({ type: 'TickDue', process: processId(0), tickAt });

  it('restarts a program that is wanted up, once for each tick', () => {
    const world = up({ cronRestart: '* * * * *' });
    world.now += 60_000;
    expect(due(world)).to.deep.equal(['ScheduleTicked', 'StopRequested']);
    expect(due(world)).to.deep.equal([]);
    world.ended(null, 0, undefined, 'SIGTERM');
    expect(lastOf(world, 'SpawnRequested')).to.include({ reason: 'cron' });
  });

  it('gives one that was given up another chance', () => {
    const world = up(
      { cronRestart: '* * * * *' },
      { restart: { ...app('x').restart, maxRestarts: 0 } },
    );
    world.ended(1);
    world.now += 60_000;
    expect(due(world)).to.deep.equal(['ScheduleTicked', 'SpawnRequested']);
  });

  it('does nothing to what is wanted down', () => {
    const world = up({ cronRestart: '* * * * *' });
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    world.now += 60_000;
    expect(due(world)).to.deep.equal([]);
  });

  it('records what it missed once', () => {
    const world = up({ cronRestart: '* * * * *' });
    const [firstAt, lastAt] = [world.now + 60_000, world.now + 180_000];
    world.now += 200_000;
    const missed: Report = {
      type: 'TicksMissed',
      process: processId(0),
      count: 3,
      firstAt,
      lastAt,
    };
    expect(world.see(missed)).to.deep.equal(['ScheduleMissed']);
    expect(world.see(missed)).to.deep.equal([]);
    expect(due(world, lastAt)).to.deep.equal([]);
  });
});

describe('a program on a schedule', () => {
  const scheduled = (overlap: Schedule['overlap'] = 'skip'): App =>
    withPolicies({ schedule: { cron: '* * * * *', overlap, timeZone: null } });
  const armed = (overlap?: Schedule['overlap']): World => {
    const world = new World();
    world.ask({ type: 'StartApps', apps: [scheduled(overlap)], existing: 'refuse' });
    return world;
  };
  const due = (world: World): string[] => {
    world.now += 60_000;
    return world.see({ type: 'TickDue', process: processId(0), tickAt: world.now });
  };
  const running = (overlap?: Schedule['overlap']): World => {
    const world = armed(overlap);
    due(world);
    world.started();
    return world;
  };

  it('is not run when it is started, but at its time, and not again when it has ended', () => {
    const world = armed();
    expect(world.process().phase).to.deep.equal({ is: 'stopped', because: 'scheduled' });
    expect(due(world)).to.deep.equal(['ScheduleTicked', 'SpawnRequested']);
    world.started();
    expect(world.ended(1)).to.deep.equal(['ProcessExited']);
    expect(due(world)).to.deep.equal(['ScheduleTicked', 'SpawnRequested']);
  });

  it('ticks again after the clock was set back, and once for each tick', () => {
    const world = armed();
    world.now -= 3_600_000;
    expect(due(world)).to.deep.equal(['ScheduleTicked', 'SpawnRequested']);
    const again = { type: 'TickDue', process: processId(0), tickAt: world.now } as const;
    expect(world.see(again)).to.deep.equal([]);
  });

  it('a tick while it runs is skipped, and recorded so', () => {
    const world = running();
    expect(due(world)).to.deep.equal(['ScheduleTicked']);
    expect(lastOf(world, 'ScheduleTicked')).to.include({ does: 'skip' });
    expect(world.ended(0)).to.deep.equal(['ProcessExited']);
  });

  it('a tick while it runs is queued, one at most', () => {
    const world = running('queue');
    due(world);
    due(world);
    expect(lastOf(world, 'ScheduleTicked')).to.include({ does: 'skip' });
    expect(world.ended(0)).to.deep.equal(['ProcessExited', 'SpawnRequested']);
    world.started();
    expect(world.ended(0)).to.deep.equal(['ProcessExited']);
  });

  it('a tick while it runs replaces the run', () => {
    const world = running('replace');
    expect(due(world)).to.deep.equal(['ScheduleTicked', 'StopRequested']);
    expect(world.ended(null, 0, undefined, 'SIGTERM')).to.deep.equal([
      'ProcessExited',
      'SpawnRequested',
    ]);
  });

  it('runs at once when a restart is asked for', () => {
    const world = armed();
    const { events } = world.ask({ type: 'RestartProcesses', targets: EVERYTHING });
    expect(events).to.deep.equal(['SpawnRequested']);
  });

  it('is disarmed by a stop, and armed again by a start and by a restore', () => {
    const restore: Request = {
      type: 'Restore',
      runKey: 'r' as never,
      source: { kind: 'wanted' },
      set: null,
      atomic: false,
      concurrency: 0,
    };
    const world = armed();
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    expect(due(world)).to.deep.equal([]);
    expect(world.ask({ type: 'StartProcesses', targets: EVERYTHING }).events).to.deep.equal([
      'WantedChanged',
      'ScheduleArmed',
    ]);
    due(world);
    world.started();
    world.ask({ type: 'Shutdown' });
    world.ended(null, 0, undefined, 'SIGTERM');
    expect(due(world)).to.deep.equal(['ScheduleTicked']);
    expect(world.ask(restore).events).to.deep.equal([
      'RestoreRequested',
      'ScheduleArmed',
      'RestoreCompleted',
    ]);
    expect(due(world)).to.deep.equal(['ScheduleTicked', 'SpawnRequested']);
  });
});

import { expect } from 'chai';
import { DEFAULT_RESTART } from '../../src/domain/app.js';
import { evolve } from '../../src/domain/evolve.js';
import { epoch, processId, runKey, seq, spawnKey } from '../../src/domain/ids.js';
import type { Request } from '../../src/domain/request.js';
import { deduplicate } from '../../src/domain/request-dedup.js';
import { initialState, type Phase } from '../../src/domain/state.js';
import { plan } from '../../src/effects/plan.js';
import { Audit } from '../../src/projections/audit.js';
import { app, EVERYTHING, World } from '../support/given.js';

const stop: Request = { type: 'StopProcesses', targets: EVERYTHING };
const start: Request = { type: 'StartProcesses', targets: EVERYTHING };
const restart: Request = { type: 'RestartProcesses', targets: EVERYTHING };
const remove: Request = { type: 'DeleteProcesses', targets: EVERYTHING };
const restore = (key: string, atomic = false): Request => ({
  type: 'Restore',
  runKey: runKey(key),
  source: { kind: 'wanted' },
  set: null,
  atomic,
  concurrency: 0,
});

/** Alone: a blocked process has another one to wait for, see dependency.test.ts. */
type LonePhase = Exclude<Phase['is'], 'blocked'>;

/** A world whose only process is in the given phase. */
const inPhase = (is: LonePhase): World => {
  const world = new World();
  const patient = {
    ...DEFAULT_RESTART,
    restartDelayMs: 1000,
    maxRestarts: is === 'errored' ? 0 : 16,
  };
  world.ask({ type: 'StartApps', apps: [app('web', { restart: patient })], existing: 'refuse' });
  if (is === 'launching') return world;
  world.started();
  if (is === 'stopping' || is === 'stopped') world.ask(stop);
  if (is === 'stopped') world.ended(null, 0, undefined, 'SIGTERM');
  if (is === 'waiting' || is === 'errored') world.ended(1);
  expect(world.process().phase.is).to.equal(is);
  return world;
};

describe('a request in every phase', () => {
  const cases: readonly (readonly [
    string,
    Request,
    Readonly<Record<LonePhase, readonly string[]>>,
  ])[] = [
    [
      'start',
      start,
      {
        launching: [],
        online: [],
        stopping: ['WantedChanged'],
        stopped: ['WantedChanged', 'SpawnRequested'],
        waiting: ['SpawnRequested'],
        errored: ['SpawnRequested'],
      },
    ],
    [
      'stop',
      stop,
      {
        launching: ['WantedChanged', 'StopRequested'],
        online: ['WantedChanged', 'StopRequested'],
        stopping: [],
        stopped: [],
        waiting: ['WantedChanged'],
        errored: ['WantedChanged'],
      },
    ],
    [
      'restart',
      restart,
      {
        launching: ['StopRequested'],
        online: ['StopRequested'],
        stopping: ['WantedChanged'],
        stopped: ['WantedChanged', 'SpawnRequested'],
        waiting: ['SpawnRequested'],
        errored: ['SpawnRequested'],
      },
    ],
    [
      'delete',
      remove,
      {
        launching: ['DeleteRequested', 'StopRequested'],
        online: ['DeleteRequested', 'StopRequested'],
        stopping: ['DeleteRequested'],
        stopped: ['DeleteRequested', 'ProcessRemoved'],
        waiting: ['DeleteRequested', 'ProcessRemoved'],
        errored: ['DeleteRequested', 'ProcessRemoved'],
      },
    ],
  ];
  for (const [name, request, expected] of cases) {
    for (const [phase, events] of Object.entries(expected)) {
      it(`${name} while ${phase} records ${events.join(', ') || 'nothing'}`, () => {
        expect(inPhase(phase as LonePhase).ask(request).events).to.deep.equal(events);
      });
    }
  }
});

describe('a run', () => {
  it('is never opened while one is open: a restart waits for the end', () => {
    const world = inPhase('online');
    expect(world.ask(restart).events).to.deep.equal(['StopRequested']);
    expect(world.ask(restart).events).to.deep.equal([]);
    expect(world.ended(0)).to.deep.equal(['ProcessExited', 'SpawnRequested']);
    expect(world.process().restarts).to.equal(1);
  });

  it('incident 16: a late exit of an earlier run does not touch the current one', () => {
    const world = inPhase('online');
    const old = world.key();
    world.ask(restart);
    world.ended(0);
    world.started();
    expect(world.ended(1, 0, old)).to.deep.equal([]);
    expect(world.process().phase.is).to.equal('online');
  });

  it('stopping during back-off cancels the restart', () => {
    const world = inPhase('waiting');
    const { phase } = world.process();
    world.ask(stop);
    const dueAt = phase.is === 'waiting' ? phase.dueAt : 0;
    const timer = { kind: 'restart', process: processId(0), dueAt } as const;
    expect(world.see({ type: 'TimerFired', timer })).to.deep.equal([]);
    expect(world.process().phase).to.deep.equal({ is: 'stopped', because: 'asked' });
  });

  it('a timer that was armed for another moment changes nothing', () => {
    const world = inPhase('waiting');
    const timer = { kind: 'restart', process: processId(0), dueAt: 1 } as const;
    expect(world.see({ type: 'TimerFired', timer })).to.deep.equal([]);
  });

  it('incident 15: a stop during a restart wins, and so does a start after that', () => {
    const world = inPhase('online');
    world.ask(restart);
    world.ask(stop);
    expect(world.ended(0)).to.deep.equal(['ProcessExited']);
    world.ask(start);
    expect(world.process().phase.is).to.equal('launching');
  });

  it('that nobody claimed is opened again under another key, and counts as no restart', () => {
    const world = inPhase('launching');
    const old = world.key();
    expect(world.observe({ kind: 'abandoned', spawnKey: old })).to.deep.equal([
      'SpawnAbandoned',
      'SpawnRequested',
    ]);
    expect(world.key()).to.not.equal(old);
    expect(world.process().restarts).to.equal(0);
  });

  it('whose slot is taken is closed and tried again later', () => {
    const world = inPhase('launching');
    const fact = { kind: 'suppressed', spawnKey: world.key(), why: 'slot-taken' } as const;
    expect(world.observe(fact)).to.deep.equal(['DuplicateSuppressed', 'RestartScheduled']);
  });

  it('incident 24: is given up after exactly its restarts within the window', () => {
    const world = new World();
    world.up(app('web', { restart: { ...DEFAULT_RESTART, maxRestarts: 3 } }));
    for (let restarts = 1; restarts <= 3; restarts += 1) {
      expect(world.ended(1)).to.deep.equal(['ProcessExited', 'SpawnRequested']);
      world.started();
    }
    expect(world.ended(1)).to.deep.equal(['ProcessExited', 'ProcessErrored']);
    expect(world.process().restarts).to.equal(3);
  });

  it('that was stable does not count, and neither does one that left the window', () => {
    const world = new World();
    world.up(
      app('web', { restart: { ...DEFAULT_RESTART, maxRestarts: 1, restartWindowMs: 5000 } }),
    );
    for (let i = 0; i < 5; i += 1) {
      world.now += DEFAULT_RESTART.minUptimeMs;
      expect(world.ended(1)).to.deep.equal(['ProcessExited', 'SpawnRequested']);
      world.started();
    }
    world.ended(1);
    world.started();
    world.now += 5001;
    expect(world.ended(1)).to.deep.equal(['ProcessExited', 'SpawnRequested']);
  });

  it('backs off by half as much again each time', () => {
    const world = new World();
    world.up(app('web', { restart: { ...DEFAULT_RESTART, backoffInitialMs: 100 } }));
    const delays: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      world.ended(1);
      const { phase } = world.process();
      if (phase.is !== 'waiting') throw new Error(phase.is);
      delays.push(phase.delayMs);
      world.see({
        type: 'TimerFired',
        timer: { kind: 'restart', process: processId(0), dueAt: phase.dueAt },
      });
      world.started();
    }
    expect(delays).to.deep.equal([100, 150, 225, 338]);
  });
});

describe('a new life of the daemon', () => {
  const reborn = (world: World, life: string) =>
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch(life) });

  it('in the same epoch asks about every open run and starts nothing', () => {
    const world = inPhase('online');
    expect(reborn(world, 'life-1')).to.deep.equal(['DaemonStarted']);
    const effects = plan(world.log.slice(-1), world.state);
    expect(effects.map(({ type }) => type)).to.deep.equal(['Inspect']);
  });

  it('in a new epoch closes the old runs as lost and starts nothing by itself', () => {
    const world = inPhase('online');
    expect(reborn(world, 'life-2')).to.deep.equal(['DaemonStarted', 'ProcessLost']);
    expect(world.process()).to.deep.include({
      wanted: 'up',
      phase: { is: 'stopped', because: 'lost' },
    });
  });

  it('incident 9: in a new epoch it goes on with an open restore, under new keys', () => {
    const world = inPhase('online');
    world.ask({ type: 'Shutdown' });
    world.ended(0);
    world.ask(restore('boot'));
    const old = world.key();
    expect(reborn(world, 'life-2')).to.deep.equal([
      'DaemonStarted',
      'ProcessLost',
      'SpawnRequested',
    ]);
    expect(world.key()).to.not.equal(old);
    expect(world.log.at(-1)?.runKey).to.equal('boot');
  });
});

describe('a restore', () => {
  const verdict = (world: World, key: string) =>
    world.see({
      type: 'TimerFired',
      timer: { kind: 'restore-verdict', runKey: runKey(key), dueAt: 0 },
    });

  it('opens one run for each process that is wanted up and has none, in one batch', () => {
    const world = new World();
    world.up(app('a'), app('b'), app('c'));
    world.ask({ type: 'StopProcesses', targets: [{ kind: 'name', name: 'c' }] });
    world.ended(0, 2);
    world.ask({ type: 'Shutdown' });
    world.ended(0, 0);
    world.ended(0, 1);
    expect(world.ask(restore('k')).events).to.deep.equal([
      'RestoreRequested',
      'SpawnRequested',
      'SpawnRequested',
    ]);
  });

  it('joins the one that is open', () => {
    const world = inPhase('online');
    world.ask({ type: 'Shutdown' });
    world.ended(0);
    world.ask(restore('first'));
    const { events, outcome } = world.ask(restore('second'));
    expect(events).to.deep.equal(['RestoreJoined']);
    expect('answer' in outcome && outcome.answer.restore).to.deep.equal({
      runKey: 'first',
      joined: true,
    });
  });

  it('is complete at once when all are up', () => {
    const world = inPhase('online');
    expect(world.ask(restore('k')).events).to.deep.equal(['RestoreRequested', 'RestoreCompleted']);
  });

  it('says which did not come up, and why', () => {
    const world = new World();
    world.up(app('good'), app('bad', { restart: { ...DEFAULT_RESTART, autorestart: 'never' } }));
    world.ask({ type: 'Shutdown' });
    world.ended(0, 0);
    world.ended(0, 1);
    world.ask(restore('k'));
    world.started(0);
    world.started(1);
    world.ended(7, 1);
    expect(verdict(world, 'k')).to.deep.equal(['RestoreCompleted']);
    const last = world.log.at(-1);
    expect(last?.type === 'RestoreCompleted' && last.data).to.deep.include({
      outcome: 'incomplete',
    });
    expect(last?.type === 'RestoreCompleted' && last.data.results[1]).to.deep.equal({
      process: 1,
      outcome: 'failed',
      problem: 'it exited with code 7',
    });
  });

  it('all or nothing: stops what it started when one fails, and leaves what is wanted', () => {
    const world = new World();
    world.up(app('good'), app('bad', { restart: { ...DEFAULT_RESTART, autorestart: 'never' } }));
    world.ask({ type: 'Shutdown' });
    world.ended(0, 0);
    world.ended(0, 1);
    world.ask(restore('k', true));
    world.started(0);
    world.started(1);
    world.ended(7, 1);
    expect(verdict(world, 'k')).to.deep.equal(['RestoreRolledBack', 'StopRequested']);
    expect(world.ended(0, 0)).to.deep.equal(['ProcessExited', 'RestoreCompleted']);
    expect(world.process(0)).to.deep.include({
      wanted: 'up',
      phase: { is: 'stopped', because: 'rolled-back' },
    });
  });
});

describe('names and numbers', () => {
  it('incident 26: ids are never used again', () => {
    const world = inPhase('stopped');
    world.ask(remove);
    expect(world.up(app('web'))).to.deep.equal([1]);
  });

  it('living apps never share a log file', () => {
    const world = new World();
    world.up(app('web-1'), app('web', { instances: 2 }), app('web-1', { namespace: 'other' }));
    const files = [...world.state.processes.values()].map(({ logs }) => logs.out);
    expect(new Set(files).size).to.equal(4);
    expect(files[0]).to.equal('web-1-out.log');
  });

  it('an unknown name is refused with the nearest one', () => {
    const world = inPhase('online');
    const { outcome } = world.ask({
      type: 'StopProcesses',
      targets: [{ kind: 'name', name: 'wep' }],
    });
    expect('refusal' in outcome && outcome.refusal).to.include({
      code: 'UNKNOWN_TARGET',
      hint: 'did you mean "web"?',
    });
  });

  it('scaling down removes the highest instances, scaling up adds the next', () => {
    const world = new World();
    world.up(app('web', { instances: 3 }));
    const scale = (count: number): Request => ({
      type: 'ScaleApp',
      target: { kind: 'name', name: 'web' },
      change: { kind: 'to', count },
    });
    expect(world.ask(scale(2)).events).to.deep.equal([
      'AppScaled',
      'DeleteRequested',
      'StopRequested',
    ]);
    world.ended(0, 2);
    expect(world.ask(scale(3)).events).to.deep.equal([
      'AppScaled',
      'ProcessCreated',
      'SpawnRequested',
    ]);
    expect(world.process(3).instance).to.equal(2);
  });
});

describe('strays that were ended', () => {
  const program = { pid: 4711, startTicks: 99 };

  it('are recorded with the run that they were left of, and change nothing', () => {
    const world = inPhase('online');
    const before = world.state;
    const strays = [{ spawnKey: spawnKey('0-7-old'), program }];
    expect(world.see({ type: 'StraysEnded', strays })).to.deep.equal(['StrayEnded']);
    expect(world.log.at(-1)?.data).to.deep.equal({ process: 0, spawnKey: '0-7-old', program });
    expect(world.state).to.deep.equal({ ...before, seq: world.log.length });
  });

  it('of a process that is gone are recorded too; a mark that is no key of ours is not', () => {
    const world = new World();
    const strays = ['5-1-gone', 'nonsense'].map((key) => ({ spawnKey: spawnKey(key), program }));
    expect(world.see({ type: 'StraysEnded', strays })).to.deep.equal(['StrayEnded']);
  });
});

describe('the same key', () => {
  const answer = {
    answer: { processes: [], existing: [], restore: null, plan: null, removed: [], label: null },
  };

  it('with the same body gives the first answer, and is recorded as a repeat of it', () => {
    const first = seq(7);
    expect(deduplicate({ bodyHash: 'h', answer, first }, 'h')).to.deep.equal({
      is: 'repeated',
      outcome: answer,
      event: { type: 'RequestRepeated', data: { first }, causedBy: first, runKey: null },
    });
  });

  it('with another body is a mistake', () => {
    const remembered = { bodyHash: 'h', answer, first: null };
    expect(deduplicate(remembered, 'other')).to.deep.equal({ is: 'mismatch' });
  });
});

describe('the fold', () => {
  it('gives the same state in one piece and in two, and leaves the state it began with', () => {
    const world = inPhase('errored');
    world.ask(restart);
    world.started();
    for (let cut = 0; cut <= world.log.length; cut += 1) {
      const half = evolve(initialState, world.log.slice(0, cut));
      expect(evolve(half, world.log.slice(cut))).to.deep.equal(world.state);
    }
    expect(initialState.processes.size).to.equal(0);
  });
});

describe('the audit of a history', () => {
  it('finds nothing in a history that opm made', () => {
    const world = inPhase('errored');
    world.ask(restart);
    world.started();
    const audit = new Audit();
    for (const event of world.log) audit.observe(event);
    expect(audit.problems).to.deep.equal([]);
  });

  it('finds two open runs, a key used twice, and an effect without intent', () => {
    const world = inPhase('online');
    const spawn = world.log.find(({ type }) => type === 'SpawnRequested');
    const audit = new Audit();
    for (const event of world.log) audit.observe(event);
    if (spawn?.type !== 'SpawnRequested') throw new Error('no spawn');
    const again = (key: string, at: number) => ({
      ...spawn,
      request: null,
      seq: seq(at),
      data: { ...spawn.data, spawnKey: key as never },
    });
    audit.observe(again('0-2-x', 50));
    audit.observe(again('0-2-x', 51));
    const stray = { ...again('0-9-y', 52), type: 'StopEscalated' } as never;
    audit.observe(stray);
    expect(audit.problems.map(({ invariant }) => invariant)).to.deep.equal([
      'one open run per process',
      'a spawn key is performed at most once',
      'every effect has its intent',
    ]);
  });
});

import { expect } from 'chai';
import type { Recorded } from '../../src/domain/event.js';
import { epoch, processId, seq } from '../../src/domain/ids.js';
import { IncidentFinder } from '../../src/projections/incidents/find-incidents.js';
import type { Incident } from '../../src/projections/incidents/incident.js';
import { app, EPOCH, EVERYTHING, World } from '../support/given.js';

const find = (log: readonly Recorded[]): readonly Incident[] => {
  const finder = new IncidentFinder();
  for (const event of log) finder.observe(event);
  return finder.found().incidents;
};

/** The only incident of a history; its proofs must be events of that history. */
const only = (log: readonly Recorded[]): Incident => {
  const incidents = find(log);
  expect(incidents.map(({ kind }) => kind)).to.have.length(1);
  const [incident] = incidents as [Incident];
  for (const at of incident.seqs) expect(log.map((event) => event.seq)).to.include(at);
  return incident;
};

const proofTypes = (log: readonly Recorded[], { seqs }: Incident): string[] =>
  seqs.map((at) => log.find((event) => event.seq === at)?.type ?? 'none');

const daemon = (world: World, pid: number, life = EPOCH) =>
  world.see({ type: 'DaemonStarted', pid, version: '0', epoch: life });

/** An event that opm would never record, at the end of a history. */
const append = (world: World, event: Partial<Recorded>): void => {
  const at = seq(world.log.length + 1);
  const place = { seq: at, id: String(at), at: world.now, causedBy: null, runKey: null };
  world.log.push({ ...place, request: null, ...event } as Recorded);
};

const crash = (world: World, uptimeMs: number): void => {
  world.now += uptimeMs;
  world.ended(7);
};

describe('the incidents of a history', () => {
  it('a history of starts, stops, restarts and one crash is clean', () => {
    const world = new World();
    world.up(app('web'), app('api'));
    world.ask({ type: 'RestartProcesses', targets: EVERYTHING });
    for (const id of [0, 1]) {
      world.now += 20;
      world.ended(null, id, world.key(id), 'SIGTERM');
      world.now += 20;
      world.started(id);
    }
    crash(world, 50_000);
    world.started();
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    expect(find(world.log)).to.deep.equal([]);
  });

  it('a second copy that the kernel refused', () => {
    const world = new World();
    world.ask({ type: 'StartApps', apps: [app('web')], existing: 'refuse' });
    for (let i = 0; i < 2; i += 1) {
      const spawnKey = world.key();
      world.observe({ kind: 'suppressed', spawnKey, why: 'slot-taken' });
      const { phase } = world.process();
      if (phase.is !== 'waiting') throw new Error(phase.is);
      world.now = phase.dueAt;
      world.see({
        type: 'TimerFired',
        timer: { kind: 'restart', process: processId(0), dueAt: phase.dueAt },
      });
    }
    const incident = only(world.log);
    expect(incident).to.include({ kind: 'duplicate-suppressed', severity: 'prevented' });
    expect(incident.what).to.match(/^web \(0\): a second copy was refused by the kernel, 2 times/);
    expect(proofTypes(world.log, incident)).to.include('DuplicateSuppressed');
  });

  it('a request that came again under its key, and a restore that joined', () => {
    const world = new World();
    world.ask({ type: 'StartApps', apps: [app('web')], existing: 'refuse' });
    const asked = world.log.find(({ type }) => type === 'AppDefined') as Recorded;
    append(world, {
      type: 'RequestRepeated',
      data: { first: asked.seq },
      request: asked.request,
    } as never);
    const repeated = only(world.log);
    expect(repeated.kind).to.equal('request-repeated');
    expect(repeated.seqs).to.deep.equal([asked.seq, world.log.length]);
    expect(repeated.what).to.include('opm StartApps').and.to.include('carried out once');
  });

  it('a restore that was asked for while one was open', () => {
    const world = new World();
    world.up(app('web'));
    daemon(world, 2, epoch('life-2'));
    const restore = (runKey: string) =>
      world.ask({
        type: 'Restore',
        runKey: runKey as never,
        source: { kind: 'wanted' },
        set: null,
        atomic: false,
        concurrency: 0,
      });
    restore('first');
    restore('second');
    const joined = find(world.log).filter(({ kind }) => kind === 'restore-joined');
    expect(joined).to.have.length(1);
    expect(proofTypes(world.log, joined[0]!)).to.deep.equal(['RestoreRequested', 'RestoreJoined']);
  });

  it('a launch that came to nothing and was tried again', () => {
    const world = new World();
    world.ask({ type: 'StartApps', apps: [app('web')], existing: 'refuse' });
    world.observe({ kind: 'abandoned', spawnKey: world.key() });
    world.started();
    const incident = only(world.log);
    expect(incident.kind).to.equal('launch-retried');
    expect(incident.what).to.include(`run ${world.key()} followed`);
  });

  it('a daemon that died without a word, with what its successor took over', () => {
    const world = new World();
    world.up(app('web'));
    const { phase } = world.process();
    if (phase.is !== 'online') throw new Error(phase.is);
    daemon(world, 2);
    const { program, launcher, startedAt } = phase.started;
    const spawnKey = world.key();
    world.observe({ kind: 'adopted', spawnKey, program, launcher: launcher!, startedAt });
    const incident = only(world.log);
    expect(incident.kind).to.equal('daemon-died');
    expect(incident.what).to.include('1 program taken over alive');
    expect(proofTypes(world.log, incident)).to.include.members(['DaemonStarted', 'ProcessAdopted']);
  });

  it('a daemon that stopped properly is not called dead', () => {
    const world = new World();
    world.up(app('web'));
    const { phase } = world.process();
    if (phase.is !== 'online') throw new Error(phase.is);
    world.see({ type: 'DaemonStopping', reason: 'asked to' });
    daemon(world, 2);
    const { program, launcher, startedAt } = phase.started;
    const fact = { spawnKey: world.key(), program, launcher: launcher!, startedAt };
    world.observe({ kind: 'adopted', ...fact });
    expect(only(world.log)).to.include({ kind: 'daemon-replaced', severity: 'prevented' });
  });

  it('a new epoch with the runs that it ended', () => {
    const world = new World();
    world.up(app('web'), app('api'));
    daemon(world, 2, epoch('life-2'));
    const incident = only(world.log);
    expect(incident.kind).to.equal('new-epoch');
    expect(incident.processes).to.deep.equal([0, 1]);
    expect(incident.what).to.include('2 runs ended with it');
  });

  it('a run that was lost, and a program whose launcher was gone', () => {
    const world = new World();
    world.up(app('web'), app('api'));
    world.observe({ kind: 'lost', spawnKey: world.key(0), reason: 'launcher-killed' });
    const { phase } = world.process(1);
    if (phase.is !== 'online') throw new Error(phase.is);
    const { program, startedAt } = phase.started;
    world.observe({ kind: 'adopted', spawnKey: world.key(1), program, launcher: null, startedAt });
    expect(find(world.log).map(({ kind, processes }) => [kind, processes])).to.deep.equal([
      ['run-lost', [0]],
      ['orphan-adopted', [1]],
    ]);
  });

  it('a stray that outlived its run', () => {
    const world = new World();
    world.up(app('web'));
    const spawnKey = world.key();
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    world.ended(null, 0, spawnKey, 'SIGTERM');
    world.now += 3000;
    world.see({ type: 'StraysEnded', strays: [{ spawnKey, program: { pid: 77, startTicks: 7 } }] });
    const incident = only(world.log);
    expect(incident).to.include({ kind: 'stray-ended', severity: 'trouble' });
    expect(incident.what).to.include('pid 77').and.to.include('3 s after its run was closed');
  });

  it('two runs of one process that overlap, by the log or by the launchers’ own times', () => {
    const byLog = new World();
    byLog.up(app('web'));
    const first = byLog.log.find(({ type }) => type === 'SpawnRequested') as Recorded;
    append(byLog, {
      ...first,
      seq: seq(byLog.log.length + 1),
      data: { ...first.data, spawnKey: '0-2-x' },
    } as never);
    expect(only(byLog.log)).to.include({ kind: 'runs-overlap', severity: 'trouble' });
    byLog.now += 2000;
    const exit = { code: 0, signal: null, exitedAt: byLog.now, closedAt: byLog.now };
    append(byLog, { type: 'ProcessExited', data: { ...first.data, exit } } as never);
    expect(only(byLog.log).what).to.include('for 2 s');

    const byTime = new World();
    byTime.up(app('web'));
    crash(byTime, 5000);
    byTime.started();
    const log = byTime.log.map((event) =>
      event.type === 'ProcessExited'
        ? {
            ...event,
            data: { ...event.data, exit: { ...event.data.exit, closedAt: byTime.now + 400 } },
          }
        : event,
    ) as Recorded[];
    expect(only(log).what).to.include('for 400 ms');
  });

  it('one program that two runs call theirs', () => {
    const world = new World();
    world.up(app('web'), app('api'));
    const [first] = world.log.filter(({ type }) => type === 'ProcessStarted');
    const program = first?.type === 'ProcessStarted' ? first.data.program : null;
    const log = world.log.map((event) =>
      event.type === 'ProcessStarted' ? { ...event, data: { ...event.data, program } } : event,
    ) as Recorded[];
    expect(only(log)).to.deep.include({ kind: 'program-shared', processes: [0, 1] });
  });

  it('a crash loop: given up, or ended by a run that lasted', () => {
    const world = new World();
    const restart = { ...app('').restart, maxRestarts: 3 };
    world.up(app('web', { restart }));
    for (let i = 0; i < 4; i += 1) {
      crash(world, 100);
      if (i < 3) world.started();
    }
    const givenUp = only(world.log);
    expect(givenUp).to.include({ kind: 'crash-loop', severity: 'trouble' });
    expect(givenUp.what).to.match(/4 times in a row .* \(code 7\); it was given up$/);
    expect(proofTypes(world.log, givenUp).at(-1)).to.equal('ProcessErrored');
    world.ask({ type: 'StartProcesses', targets: EVERYTHING });
    world.started();
    for (let i = 0; i < 3; i += 1) {
      crash(world, 100);
      world.started();
    }
    const second = find(world.log)[1];
    expect(second).to.include({ kind: 'crash-loop', severity: 'notice' });
    expect(second?.what).to.match(/3 times in a row .* then it stayed up$/);
  });

  it('two crashes are no loop, and stable runs that keep ending are flapping', () => {
    const world = new World();
    world.up(app('web'));
    for (let i = 0; i < 2; i += 1) {
      crash(world, 100);
      world.started();
    }
    expect(find(world.log)).to.deep.equal([]);
    for (let i = 0; i < 6; i += 1) {
      crash(world, 60_000);
      world.started();
    }
    expect(only(world.log)).to.include({ kind: 'flapping', severity: 'notice' });
  });

  it('a program that somebody starts again and again, and that fails each time, is no loop', () => {
    const world = new World();
    world.up(app('job', { restart: { ...app('').restart, autorestart: 'never' } }));
    for (let i = 0; i < 6; i += 1) {
      crash(world, 100);
      world.ask({ type: 'StartProcesses', targets: EVERYTHING });
      world.started();
    }
    expect(find(world.log)).to.deep.equal([]);
  });

  it('a clock that was set back or forward between two starts', () => {
    for (const [jump, word] of [
      [-3_600_000, 'back'],
      [3_600_000, 'forward'],
    ] as const) {
      const world = new World();
      world.up(app('web'));
      const [start] = world.log.filter(({ type }) => type === 'ProcessStarted');
      crash(world, 5000);
      world.started();
      const log = world.log.map((event) =>
        event.type === 'ProcessStarted' && event.seq !== start?.seq
          ? { ...event, data: { ...event.data, startedAt: event.data.startedAt + jump } }
          : event,
      ) as Recorded[];
      const jumps = find(log).filter(({ kind }) => kind === 'clock-jump');
      expect(jumps.map(({ what }) => what).join()).to.include(`set ${word} by about 1 h`);
    }
  });

  it('only those that reach to the moment that was asked for', () => {
    const world = new World();
    world.up(app('web'));
    daemon(world, 2, epoch('life-2'));
    const finder = new IncidentFinder();
    for (const event of world.log) finder.observe(event);
    const last = world.log.length;
    expect(finder.found(({ seq: at }) => at >= last).incidents).to.have.length(1);
    expect(finder.found(({ seq: at }) => at > last).incidents).to.have.length(0);
  });
});

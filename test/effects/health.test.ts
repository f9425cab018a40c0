import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import type { Policies } from '../../src/domain/policy.js';
import type { Report } from '../../src/domain/report.js';
import { awaitReadiness, type HealthDeps, watchLiveness } from '../../src/effects/health.js';
import { monitorsOf, type Subject } from '../../src/effects/monitor.js';
import { freshLineFinder, lineFinder } from '../../src/effects/output-probe.js';
import { LogStream } from '../../src/platform/log-stream.js';
import type { Os } from '../../src/platform/os.js';
import type { ProbeSettings } from '../../src/platform/probe.js';
import { app, World } from '../support/given.js';
import { cleanUp, tempHome } from '../support/programs.js';

const TCP = { kind: 'tcp', host: 'h', port: 1 } as const;

const subjectWith = (policies: Policies): Subject => {
  const world = new World();
  world.up(app('web', { policies }));
  for (const monitor of monitorsOf(world.state).values())
    if (monitor.kind === 'readiness' || monitor.kind === 'liveness') return monitor.subject;
  throw new Error('nothing is looked at');
};

/** Of a beat between each two tries one may be missing; when none comes any more, it is missed after two. */
const expectMissed = (
  deps: HealthDeps,
  scheduler: VirtualTimeScheduler,
  subject: Subject,
  beat: () => void,
): void => {
  const reports: Report[] = [];
  watchLiveness(deps, subject, subject.app.policies.liveness!).subscribe((report) =>
    reports.push(report),
  );
  for (let at = 150; at < 600; at += 100) {
    if (at !== 250) beat();
    scheduler.maxFrames = at;
    scheduler.flush();
  }
  expect(reports).to.deep.equal([]);
  scheduler.maxFrames = 1000;
  scheduler.flush();
  expect(reports[0]).to.include({ type: 'LivenessLost', failures: 2 });
};

describe('asking a program how it is', () => {
  /** Answers in order, the last one for ever; time passes only in the scheduler. */
  const asking = (answers: readonly (string | null)[]) => {
    const scheduler = new VirtualTimeScheduler();
    const asked: number[] = [];
    const users: ProbeSettings['user'][] = [];
    const os = {
      ask: (_: unknown, { user }: ProbeSettings) => {
        users.push(user);
        const answer = answers[Math.min(asked.length, answers.length - 1)] ?? null;
        asked.push(scheduler.now());
        return Promise.resolve(answer);
      },
    } as unknown as Os;
    const deps: HealthDeps = { os, scheduler, logsFolder: '/', envOf: () => ({}) };
    return { deps, scheduler, asked, users };
  };
  /** Lets virtual time pass in steps, and what was asked be answered between them. */
  const pass = async (scheduler: VirtualTimeScheduler, steps: number): Promise<void> => {
    for (let i = 0; i < steps; i += 1) {
      scheduler.maxFrames = 50 * (i + 1);
      scheduler.flush();
      await new Promise(setImmediate);
    }
  };

  it('tells that it is ready at the first try that finds so, and asks no more', async () => {
    const policy = { probe: TCP, timeoutMs: 3000, intervalMs: 100 };
    const { deps, scheduler, asked } = asking(['refused', 'refused', null]);
    const reports: Report[] = [];
    const subject = subjectWith({ readiness: policy });
    awaitReadiness(deps, subject, policy).subscribe((report) => reports.push(report));
    await pass(scheduler, 20);
    expect(asked).to.deep.equal([0, 100, 200]);
    const { key: spawnKey } = subject.run;
    expect(reports).to.deep.equal([
      { type: 'RunsObserved', facts: [{ kind: 'ready', spawnKey, readyAt: 200 }] },
    ]);
  });

  it('asks as the user of the program', async () => {
    const policy = { probe: TCP, timeoutMs: 3000, intervalMs: 100 };
    const { deps, scheduler, users } = asking([null]);
    const subject = subjectWith({ readiness: policy, setup: { uid: '4711', gid: '4712' } });
    awaitReadiness(deps, subject, policy).subscribe();
    await pass(scheduler, 1);
    expect(users).to.deep.equal([{ uid: 4711, gid: 4712 }]);
  });

  it('tells that it is no longer well after as many failures in a row as it may have', async () => {
    const policy = { probe: TCP, timeoutMs: 50, intervalMs: 100, failures: 3 };
    const { deps, scheduler, asked } = asking(['x', 'x', null, 'x', 'x', 'refused', null]);
    const reports: Report[] = [];
    watchLiveness(deps, subjectWith({ liveness: policy }), policy).subscribe((report) =>
      reports.push(report),
    );
    await pass(scheduler, 40);
    expect(asked).to.have.length(6);
    expect(reports).to.have.length(1);
    expect(reports[0]).to.include({ type: 'LivenessLost', failures: 3, problem: 'refused' });
  });
});

describe('a line of output as a sign of life', () => {
  afterEach(cleanUp);

  const liveness = {
    probe: { kind: 'output', pattern: '^beat' },
    intervalMs: 100,
    timeoutMs: 1,
    failures: 2,
  } as const;
  const os = { openLog: (path: string) => new LogStream(path) } as unknown as Os;

  it('counts since the last look only, in either log, and none from before', () => {
    const folder = tempHome();
    const subject = subjectWith({ liveness });
    const { out, error } = subject.process.logs;
    appendFileSync(join(folder, out), 'beat 0\n');
    const find = freshLineFinder(os, folder, subject, '^beat');
    expect(find()).to.equal(false);
    appendFileSync(join(folder, out), `beat 1\n${'x'.repeat(200_000)}\nbeat 2\n`);
    appendFileSync(join(folder, error), 'beat 3\n');
    expect(find()).to.equal(true);
    expect(find()).to.equal(false);
    appendFileSync(join(folder, out), `${'x\n'.repeat(2 ** 20)}beat 4\n`);
    expect(find()).to.equal(true);
    appendFileSync(join(folder, out), `beat 5\n${'x\n'.repeat(2 ** 20)}`);
    expect(find()).to.equal(false);
  });

  it('that does not come in time as often as allowed is reported', () => {
    const folder = tempHome();
    const scheduler = new VirtualTimeScheduler();
    const deps: HealthDeps = { os, scheduler, logsFolder: folder, envOf: () => ({}) };
    const subject = subjectWith({ liveness });
    expectMissed(deps, scheduler, subject, () =>
      appendFileSync(join(folder, subject.process.logs.out), 'beat\n'),
    );
  });
});

describe('a sign of life that the launcher shows', () => {
  for (const probe of [
    { kind: 'message' },
    { kind: 'descriptor', fd: 3 },
    { kind: 'notify' },
  ] as const) {
    it(`by ${probe.kind} counts between two tries, and is missed when it does not come`, () => {
      const scheduler = new VirtualTimeScheduler();
      let sign = 0;
      const os = { lastSign: () => String(sign) } as unknown as Os;
      const deps: HealthDeps = { os, scheduler, logsFolder: '/', envOf: () => ({}) };
      const policy = { probe, intervalMs: 100, timeoutMs: 1, failures: 2 };
      expectMissed(deps, scheduler, subjectWith({ liveness: policy }), () => {
        sign += 1;
      });
    });
  }
});

describe('waiting for a line of output', () => {
  afterEach(cleanUp);

  const readiness = {
    probe: { kind: 'output', pattern: '^up on \\d+$' },
    timeoutMs: 1,
    intervalMs: 1,
  } as const;

  it('finds a whole line of either log, written in parts, and none of an earlier run', () => {
    const folder = tempHome();
    const os = { openLog: (path: string) => new LogStream(path) } as unknown as Os;
    const subject = subjectWith({ readiness });
    const { out, error } = subject.process.logs;
    appendFileSync(join(folder, out), 'up on 1\n');
    const started = { ...subject.started, outputFrom: { out: 8, error: 0 } };
    const find = lineFinder(os, folder, { ...subject, started }, readiness.probe.pattern);
    expect(find()).to.equal(false);
    appendFileSync(join(folder, error), 'not up on 1\nup o');
    expect(find()).to.equal(false);
    appendFileSync(join(folder, error), 'n 2');
    expect(find()).to.equal(false);
    appendFileSync(join(folder, error), '\n');
    expect(find()).to.equal(true);
  });
});

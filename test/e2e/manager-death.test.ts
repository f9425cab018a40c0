import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { expectOneEach, Opm, rostersIn } from '../support/opm.js';
import { cleanUp } from '../support/programs.js';

interface Report {
  readonly runKey: string;
  readonly outcome: string;
  readonly joined: boolean;
}

describe('the death of the manager', () => {
  let opm: Opm;

  beforeEach(() => {
    opm = new Opm();
  });

  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  const startAll = async (count: number) => {
    const rosters = rostersIn(opm, count);
    await opm.run('start', opm.appFile(rosters));
    return rosters;
  };

  it('incident 1: a daemon killed with SIGKILL adopts its programs at the next command', async () => {
    const rosters = await startAll(3);
    const before = (await opm.rows()).map(({ pid }) => pid);
    await opm.killDaemon();
    await opm.run('restore');
    const after = await opm.rows();
    expect(after.map(({ pid }) => pid)).to.deep.equal(before);
    expect(after.map(({ restarts }) => restarts)).to.deep.equal([0, 0, 0]);
    expect(after.every(({ adopted }) => adopted)).to.equal(true);
    await expectOneEach(opm, rosters);
  });

  it('incident 2: a daemon stopped and started keeps the same pids', async () => {
    const rosters = await startAll(3);
    const before = (await opm.rows()).map(({ pid }) => pid);
    await opm.run('daemon', 'stop');
    await opm.run('daemon', 'start');
    expect((await opm.rows()).map(({ pid }) => pid)).to.deep.equal(before);
    await expectOneEach(opm, rosters);
  });

  it('a daemon that starts keeps the run files of open runs, and no other', async () => {
    const rosters = await startAll(2);
    await opm.run('restart', 'all');
    await opm.run('stop', 'app1');
    const { spawnKey } = await opm.row('app0');
    await opm.run('daemon', 'stop');
    expect(opm.runFiles().size).to.equal(4);
    await opm.run('daemon', 'start');
    await eventually('they are swept', () => opm.runFiles().size === 1);
    expect([...opm.runFiles().keys()]).to.deep.equal([spawnKey]);
    await expectOneEach(opm, [rosters[0]!]);
  });

  const interrupted: readonly (readonly [string, readonly string[], number])[] = [
    ['stop', ['stop', 'all'], 0],
    ['restart', ['restart', 'all'], 1],
    ['delete', ['delete', 'all'], 0],
    ['start', ['start', 'all'], 1],
  ];
  for (const [verb, args, copies] of interrupted) {
    it(`incident 3: a daemon killed at any instant of ${verb} leaves it wholly done`, async function () {
      this.timeout(120_000);
      const rosters = await startAll(8);
      if (verb === 'start') await opm.run('stop', 'all');
      const pid = await opm.daemonPid();
      const before = rosters.map((roster) => roster.started().length);
      const command = opm.call(...args);
      const isUnderWay = (): boolean =>
        rosters.some(
          (roster, i) =>
            roster.started().length > before[i]! ||
            (verb !== 'start' && roster.living().length === 0),
        );
      await eventually('it is under way', isUnderWay);
      process.kill(pid!, 'SIGKILL');
      const { code, stderr } = await command;
      expect(code, stderr).to.equal(0);
      for (const roster of rosters) expect(roster.living()).to.have.length(copies);
      if (verb !== 'delete') {
        const rows = await opm.rows();
        const expected = copies === 1 ? 'online' : 'stopped';
        expect(rows.map(({ status }) => status)).to.deep.equal(rosters.map(() => expected));
      } else expect(await opm.rows()).to.deep.equal([]);
      await opm.run('history', 'audit');
    });
  }

  it('incident 4: a daemon killed in the middle of a restore of 50 finishes the same run', async function () {
    this.timeout(120_000);
    const rosters = await startAll(50);
    for (let trial = 0; trial < 4; trial += 1) {
      await opm.run('kill');
      await opm.run('daemon', 'start');
      const restore = opm.json<Report>('restore', '--key', `boot-${trial}`);
      const wanted = 5 + 12 * trial;
      await eventually('some programs are up', () => {
        const up = rosters.filter((roster) => roster.living().length > 0).length;
        return up >= wanted;
      });
      await opm.killDaemon();
      const report = await restore;
      expect(report.runKey).to.equal(`boot-${trial}`);
      expect(report.outcome).to.equal('up');
      await expectOneEach(opm, rosters);
    }
    for (const [key, text] of opm.runFiles()) {
      expect(text.match(/^start /gm)?.length ?? 0, `starts of key ${key}`).to.be.at.most(1);
    }
    await opm.run('history', 'audit');
  });

  it('incident 5: an exit while no daemon lives is recorded with its code, and its policy applies', async () => {
    const [roster] = await startAll(1);
    await opm.run('daemon', 'stop');
    const [first] = roster!.living();
    process.kill(first!.pid, 'SIGKILL');
    await eventually('it is gone', () => roster!.living().length === 0);
    await opm.run('daemon', 'start');
    const row = await opm.status('app0', 'online');
    expect(row.restarts).to.equal(1);
    expect(row.lastExit).to.include({ code: null, signal: 'SIGKILL' });
    await expectOneEach(opm, [roster!]);
  });

  it('incident 7: a program whose launcher was killed is found, kept, and never doubled', async () => {
    const [roster] = await startAll(1);
    const { spawnKey, pid } = await opm.row('app0');
    const claim = opm.runFiles().get(spawnKey!);
    process.kill(Number(/^claim (\d+)/.exec(claim!)![1]), 'SIGKILL');
    await eventually('the orphan is adopted', async () => (await opm.row('app0')).adopted);
    expect((await opm.row('app0')).pid).to.equal(pid);
    await opm.run('restart', 'app0');
    await expectOneEach(opm, [roster!]);
    expect(roster!.started()).to.have.length(2);
  });

  it('incident 12: twenty restores at once report one run and start each program once', async function () {
    this.timeout(120_000);
    const rosters = await startAll(10);
    await opm.run('kill');
    const reports = await Promise.all(
      Array.from({ length: 20 }, () => opm.json<Report>('restore')),
    );
    expect(reports.every(({ outcome }) => outcome === 'up')).to.equal(true);
    for (const roster of rosters) expect(roster.started()).to.have.length(2);
    await expectOneEach(opm, rosters);
  });

  it('incident 13: first commands at once end up with one daemon and all succeed', async function () {
    this.timeout(60_000);
    const rosters = rostersIn(opm, 6);
    await Promise.all(
      rosters.map(({ name, script, file }) => opm.run('start', script, '--name', name, '--', file)),
    );
    await expectOneEach(opm, rosters);
    const { stdout } = await opm.call('history', '--type', 'DaemonStarted', '--json');
    expect(stdout.trim().split('\n')).to.have.length(1);
  });

  it('incident 14: of five starts under one name one succeeds and the others are told', async function () {
    this.timeout(60_000);
    const [roster] = rostersIn(opm, 1);
    const calls = await Promise.all(
      Array.from({ length: 5 }, () =>
        opm.call('start', roster!.script, '--name', 'x', '--', roster!.file),
      ),
    );
    expect(calls.filter(({ code }) => code === 0)).to.have.length(1);
    const told = calls.filter(({ stderr }) => stderr.includes('ALREADY_EXISTS'));
    expect(told).to.have.length(4);
    expect(roster!.started()).to.have.length(1);
  });

  it('incident 17: the same key again returns the same report and starts nothing', async () => {
    const rosters = await startAll(2);
    await opm.run('kill');
    const first = await opm.json<Report>('restore', '--key', 'boot');
    const second = await opm.json<Report>('restore', '--key', 'boot');
    expect(second).to.deep.equal(first);
    for (const roster of rosters) expect(roster.started()).to.have.length(2);
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { expectOneEach, Opm, rostersIn } from '../support/opm.js';
import { cleanUp } from '../support/programs.js';

describe('a daemon with the shell launcher', function () {
  this.timeout(120_000);

  let opm: Opm;

  beforeEach(() => {
    opm = new Opm(undefined, { OPM_LAUNCHER: 'shell' });
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

  it('says so, and doctor says what it cannot', async () => {
    await opm.run('daemon', 'start');
    const { launcher } = await opm.json<{ launcher: string }>('daemon', 'status');
    expect(launcher).to.equal('shell');
    expect(await opm.run('doctor')).to.include('shell launcher');
  });

  it('incidents 1 and 15: keeps the pids through SIGKILL, and has one each after restarts', async () => {
    const rosters = await startAll(3);
    const before = (await opm.rows()).map(({ pid }) => pid);
    await opm.killDaemon();
    await opm.run('restore');
    expect((await opm.rows()).map(({ pid }) => pid)).to.deep.equal(before);
    await Promise.all([1, 2].map(() => opm.run('restart', 'all')));
    await expectOneEach(opm, rosters);
    await opm.run('history', 'audit');
  });

  it('incident 4: killed in the middle of a restore, finishes it with one each', async () => {
    const rosters = await startAll(10);
    await opm.run('kill');
    const restore = opm.call('restore');
    await eventually('some are up', () => rosters.some((roster) => roster.living().length > 0));
    await opm.killDaemon();
    const { code, stderr } = await restore;
    expect(code, stderr).to.equal(0);
    await expectOneEach(opm, rosters);
    for (const roster of rosters) expect(roster.started()).to.have.length(2);
  });

  it('incident 7: a program whose launcher was killed is kept, and never doubled', async () => {
    const [roster] = await startAll(1);
    const { spawnKey, pid } = await opm.row('app0');
    const claim = opm.runFiles().get(spawnKey!);
    process.kill(Number(/^claim (\d+)/.exec(claim!)![1]), 'SIGKILL');
    await eventually('it is adopted', async () => (await opm.row('app0')).adopted);
    expect((await opm.row('app0')).pid).to.equal(pid);
    await opm.run('restart', 'app0');
    await expectOneEach(opm, [roster!]);
    expect(roster!.started()).to.have.length(2);
  });

  it('incident 20: kills at its deadline what ignores SIGTERM, and starts it once more', async () => {
    const [roster] = rostersIn(opm, 1);
    const deaf = `trap '' TERM; ${roster!.script} ${roster!.file} & while :; do wait; done`;
    await opm.run('start', deaf, '--name', 'deaf', '--kill-timeout', '300ms');
    await eventually('it is up', () => roster!.living().length === 1);
    await opm.run('restart', 'deaf');
    await eventually('the next one is up', () => roster!.started().length === 2);
    expect(roster!.living()).to.have.length(1);
    expect((await opm.row('deaf')).lastExit).to.include({ code: null, signal: 'SIGKILL' });
  });

  it('incident 23: records codes and signals as they were, also while no daemon lives', async () => {
    const go = join(opm.home, 'go');
    const ends = [
      ['code', 'exit 3', { code: 3, signal: null }],
      ['signal', 'kill -KILL $$', { code: null, signal: 'SIGKILL' }],
    ] as const;
    for (const [name, command] of ends) {
      const line = `until [ -e ${go} ]; do sleep 0.05; done; ${command}`;
      await opm.run('start', line, '--name', name, '--no-autorestart');
    }
    await opm.run('daemon', 'stop');
    writeFileSync(go, '');
    await eventually('all is written', () =>
      [...opm.runFiles().values()].every((text) => /^empty /m.test(text)),
    );
    await opm.run('daemon', 'start');
    for (const [name, , expected] of ends)
      expect((await opm.row(name)).lastExit, name).to.include(expected);
  });
});

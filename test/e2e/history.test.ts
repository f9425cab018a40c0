import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AuditReport } from '../../src/api/routes.js';
import { cleanUp, expectOneEach, Opm, rostersIn } from '../support/opm.js';

describe('the history', () => {
  let opm: Opm;
  beforeEach(() => {
    opm = new Opm();
  });
  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  const audit = (of = opm) => of.json<AuditReport>('history', 'audit');
  const seqs = async (...args: string[]) =>
    (await opm.run('history', ...args, '--json'))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq);

  it('is shown from its end, as much as is asked for, in order', async () => {
    await opm.run('start', 'sleep', '--name', 'a', '--', '1000');
    await opm.run('start', 'sleep', '--name', 'b', '--', '1000');
    await opm.run('restart', 'a');
    const all = await seqs('--limit', '1000');
    expect(all).to.deep.equal(all.map((_, index) => index + 1));
    expect(await seqs('--limit', '3')).to.deep.equal(all.slice(-3));
    const ofA = await seqs('--process', 'a', '--limit', '1000');
    expect(await seqs('--process', 'a', '--limit', '2')).to.deep.equal(ofA.slice(-2));
    await opm.run('daemon', 'stop');
    expect(await seqs('--process', 'a', '--limit', '2')).to.deep.equal(ofA.slice(-2));
  });

  it('tells a restore run that is not there from one with nothing to show', async () => {
    await opm.run('start', 'sleep', '--name', 'a', '--', '1000');
    await opm.run('restore', '--key', 'night');
    expect(await opm.run('history', '--run', 'night')).to.include('RestoreCompleted');
    expect(await opm.run('history', '--run', 'night', '--type', 'ProcessExited')).to.equal('');
    const { code, stderr } = await opm.call('history', '--run', 'nigth');
    expect(code).to.equal(1);
    expect(stderr).to.include('no restore run "nigth"').and.include('[UNKNOWN_RUN]');
  });

  it('is pruned, and programs, labels, the next daemon and the audit do with what is left', async () => {
    const rosters = rostersIn(opm, 2);
    await opm.run('start', opm.appFile(rosters));
    await opm.run('save', 'both');
    for (let i = 0; i < 3; i += 1) await opm.run('restart', 'app1');
    const { events, keys } = await audit();
    expect(keys).to.equal(5);
    const before = await seqs('--limit', '1000');
    const said = await opm.json<{ through: number; events: number }>(
      ...['history', 'prune', '--before', String(events - 2)],
    );
    expect(said.through).to.equal(events - 3);
    const left = await seqs('--limit', '1000');
    expect(left).to.have.length(before.length - said.events + 1);
    const report = await audit();
    expect(report.problems).to.deep.equal([]);
    expect(report).to.include({ since: events - 2, live: true });
    expect(await opm.run('history', 'audit'))
      .to.include('spawn keys')
      .and.include('dropped');
    await opm.killDaemon();
    expect((await audit()).problems).to.deep.equal([]);
    await opm.run('daemon', 'start');
    await expectOneEach(opm, rosters);
    await opm.run('delete', 'app0');
    await opm.run('restore', '--from', 'both');
    const rows = await opm.rows();
    expect(rows.map(({ name, status }) => `${name} ${status}`).sort()).to.deep.equal([
      'app0 online',
      'app1 online',
    ]);
    const refused = await opm.call('history', 'replay', '--at', '2', '--json');
    expect(refused.stdout).to.include('AT_OUTSIDE_LOG');
    expect((await audit()).problems).to.deep.equal([]);
  });

  it('is exported while the daemon runs, and is the same history elsewhere', async () => {
    await opm.run('start', 'sleep', '--name', 'a', '--', '1000');
    await opm.run('restart', 'a');
    const file = join(opm.home, 'history.ndjson');
    await opm.run('history', 'export', file);
    const { live: _, ...report } = await audit();
    const copy = new Opm(join(opm.home, 'copy'));
    await copy.run('history', 'import', file);
    const { live, ...copied } = await audit(copy);
    expect(copied).to.deep.equal(report);
    expect(live).to.equal(false);
    const at = ['replay', '--at', String(report.events), '--json'];
    expect(JSON.parse(await copy.run('history', ...at))).to.deep.equal(
      JSON.parse(await opm.run('history', ...at)),
    );
    const again = join(opm.home, 'again.ndjson');
    await copy.run('history', 'export', again);
    expect(readFileSync(again, 'utf8')).to.equal(readFileSync(file, 'utf8'));

    // A daemon of the copy takes nothing there for its own: the programs of the original live on.
    const original = await opm.rows();
    await copy.run('daemon', 'start');
    expect((await copy.rows()).map(({ pid, awaitsRestore }) => [pid, awaitsRestore])).to.deep.equal(
      [[null, true]],
    );
    await copy.run('restore');
    await copy.run('daemon', 'stop');
    await copy.run('daemon', 'start');
    const [ours] = await copy.rows();
    expect(ours).to.include({ status: 'online' });
    await copy.run('stop', 'a');
    expect((await opm.rows()).map(({ spawnKey, pid }) => [spawnKey, pid])).to.deep.equal(
      original.map(({ spawnKey, pid }) => [spawnKey, pid]),
    );
    await copy.run('kill');

    const used = new Opm(join(opm.home, 'used'));
    mkdirSync(join(used.home, 'logs'), { recursive: true });
    const fresh = new Opm(join(opm.home, 'fresh'));
    await fresh.run('history', 'import', file);
    const refusals: readonly (readonly [Opm, string[], string])[] = [
      [copy, ['import', file], 'HOME_NOT_EMPTY'],
      [fresh, ['import', file], 'LOG_EXISTS'],
      [opm, ['import', file], 'HOME_NOT_EMPTY'],
      [used, ['import', file], 'HOME_NOT_EMPTY'],
      [opm, ['export', file], 'FILE_EXISTS'],
      [opm, ['export', join(opm.home, 'none', 'x')], 'FILE_NOT_WRITTEN'],
      [new Opm(join(opm.home, 'third')), ['import', join(opm.home, 'none')], 'FILE_NOT_READ'],
      [new Opm(join(opm.home, 'third')), ['export', '-'], 'LOG_MISSING'],
    ];
    for (const [of, args, code] of refusals) {
      const { code: exit, stdout } = await of.call('history', ...args, '--json');
      expect(exit, stdout).to.equal(1);
      expect(JSON.parse(stdout).error.code).to.equal(code);
    }
    expect(existsSync(join(opm.home, 'third'))).to.equal(false);
    expect(readdirSync(used.home)).to.deep.equal(['logs']);
  });

  it('says that there is nothing to drop, and refuses a moment that is none', async () => {
    await opm.run('daemon', 'start');
    expect(await opm.run('history', 'prune', '--before', '30d')).to.include('nothing to drop');
    for (const [moment, code] of [
      ['99', 'AT_OUTSIDE_LOG'],
      ['soon', 'BAD_TIME'],
    ] as const) {
      const { stdout } = await opm.call('history', 'prune', '--before', moment, '--json');
      expect(JSON.parse(stdout).error.code).to.equal(code);
    }
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { inContainer } from '../support/container.js';
import { eventually } from '../support/eventually.js';
import {
  buildIncident,
  canUnshare,
  copiesOf,
  type IncidentProgram,
  missing,
  serves,
} from '../support/incident-programs.js';
import { Opm } from '../support/opm.js';
import { cleanUp } from '../support/programs.js';

interface Seen {
  readonly before: number[];
  readonly copies: number[][];
  readonly listed: (number | null)[];
  readonly strangers: number;
  readonly audit: number;
}

describe('the incident: java, caddy and bash', () => {
  let opm: Opm;
  let programs: readonly IncidentProgram[] = [];
  let file = '';

  before(function () {
    const command = missing();
    if (command === null) return;
    if (process.env.CI) throw new Error(`the incident cannot be replayed: ${command}`);
    console.log(`    skipped; ${command}`);
    this.skip();
  });

  beforeEach(async function () {
    this.timeout(60_000);
    opm = new Opm();
    mkdirSync(opm.home, { recursive: true });
    ({ file, programs } = await buildIncident(opm.home));
    writeFileSync(`${opm.home}/programs.json`, JSON.stringify(programs));
  });

  afterEach(async () => {
    await opm.end();
    cleanUp();
    expect(programs.flatMap(copiesOf)).to.deep.equal([]);
  });

  const expectOneEach = async (): Promise<number[]> => {
    await eventually('all serve', async () =>
      (await Promise.all(programs.map(serves))).every(Boolean),
    );
    const rows = await opm.rows();
    return programs.map((program) => {
      const copies = copiesOf(program);
      expect(copies, `copies of ${program.name}`).to.have.length(1);
      expect(rows.find(({ name }) => name === program.name)?.pid).to.equal(copies[0]);
      return copies[0] as number;
    });
  };

  it('incidents 1 and 2: survives SIGKILL and a restart of the manager with the same pids', async function () {
    this.timeout(90_000);
    await opm.run('start', file);
    const pids = await expectOneEach();
    await opm.killDaemon();
    await opm.run('restore');
    expect(await expectOneEach()).to.deep.equal(pids);
    await opm.run('daemon', 'stop');
    await opm.run('daemon', 'start');
    expect(await expectOneEach()).to.deep.equal(pids);
  });

  it('incident 4: a manager killed in the middle of the restore leaves one each', async function () {
    this.timeout(90_000);
    await opm.run('start', file);
    await opm.run('kill');
    const restore = opm.call('restore');
    await eventually('something is up', () => programs.some((p) => copiesOf(p).length > 0));
    await opm.killDaemon();
    expect((await restore).code).to.equal(0);
    await expectOneEach();
  });

  it('incident 5: java that is killed while no manager lives is started once more, with the true signal', async function () {
    this.timeout(90_000);
    await opm.run('start', file);
    const [java] = await expectOneEach();
    await opm.run('daemon', 'stop');
    process.kill(java!, 'SIGKILL');
    await eventually('java is gone', () => copiesOf(programs[0]!).length === 0);
    await opm.run('restore');
    await expectOneEach();
    expect((await opm.row('java')).lastExit).to.include({ code: null, signal: 'SIGKILL' });
  });

  it('incidents 12 and 13: five restores at once without a daemon start one each', async function () {
    this.timeout(120_000);
    await opm.run('start', file);
    await opm.run('kill');
    const calls = await Promise.all(Array.from({ length: 5 }, () => opm.call('restore')));
    expect(calls.map(({ code }) => code)).to.deep.equal([0, 0, 0, 0, 0]);
    await expectOneEach();
  });

  const live = (phase: string): Promise<Seen> =>
    inContainer<Seen>('incident/container.ts', opm.home, phase);

  const expectContained = (seen: Seen): void => {
    expect(seen.before).to.deep.equal([0, 0, 0]);
    expect(seen.copies.map((pids) => pids.length)).to.deep.equal([1, 1, 1]);
    expect(seen.listed).to.deep.equal(seen.copies.map(([pid]) => pid));
    expect(seen.strangers).to.equal(60);
    expect(seen.audit).to.equal(0);
  };

  it('incident 8: a new container whose low pids are taken by strangers gets one each', async function () {
    this.timeout(180_000);
    if (!canUnshare()) {
      if (process.env.CI) throw new Error('no pid namespace can be made here');
      this.skip();
    }
    expectContained(await live('start'));
    expectContained(await live('restore'));
  });

  it('incident 9: the same with a log that still holds an open restore', async function () {
    this.timeout(240_000);
    if (!canUnshare()) this.skip();
    expectContained(await live('start'));
    expectContained(await live('restore-killed'));
    expectContained(await live('restore'));
  });
});

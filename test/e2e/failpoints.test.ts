import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FAILPOINTS } from '../../src/daemon/failpoints.js';
import { eventually } from '../support/eventually.js';
import { expectOneEach, Opm, rostersIn } from '../support/opm.js';
import { cleanUp, type Roster, tempHome } from '../support/programs.js';

/** A home whose daemon dies at a failpoint, and the same home as everybody else sees it. */
class Doomed {
  readonly opm = new Opm();

  /** Every daemon that its commands launch dies there. */
  failing(name: string): Opm {
    return new Opm(this.opm.home, { OPM_FAILPOINT: name });
  }

  /** A new daemon that will die there, perhaps before it serves. */
  async daemonAt(name: string): Promise<void> {
    await this.opm.run('daemon', 'stop');
    await this.failing(name).call('daemon', 'start');
  }

  get struck(): readonly string[] {
    const text = readFileSync(join(this.opm.home, 'daemon.log'), 'utf8');
    return [...text.matchAll(/^failpoint (\S+)$/gm)].map(([, name]) => name!);
  }
}

const expectNone = (rosters: readonly Roster[]): void => {
  for (const roster of rosters) expect(roster.living()).to.deep.equal([]);
};

describe('a daemon that dies at an exact step', () => {
  let doomed: Doomed;
  let rosters: readonly Roster[];

  before(async function () {
    this.timeout(120_000);
    doomed = new Doomed();
    rosters = rostersIn(doomed.opm, 2);
    await doomed.opm.run('start', doomed.opm.appFile(rosters));
    // It ignores SIGTERM, so that the whole way to its end is gone.
    const script = "trap '' TERM; while :; do sleep 1; done";
    const file = join(doomed.opm.home, 'stubborn.json');
    const apps = [{ name: 'stubborn', script, kill_timeout: 100 }];
    writeFileSync(file, JSON.stringify({ apps }));
    await doomed.opm.run('start', file);
  });

  after(async function () {
    this.timeout(120_000);
    await doomed.opm.end();
    cleanUp();
  });

  const steps: Readonly<Record<string, (name: string) => Promise<void>>> = {
    start: async (name) => {
      await doomed.opm.run('stop', 'all');
      await doomed.daemonAt(name);
      await doomed.opm.run('start', 'all');
      await expectOneEach(doomed.opm, rosters);
    },
    stop: async (name) => {
      await doomed.opm.run('start', 'all');
      await doomed.daemonAt(name);
      await doomed.opm.run('stop', 'all');
      expectNone(rosters);
    },
    restore: async (name) => {
      await doomed.opm.run('start', 'all');
      await doomed.opm.run('kill');
      await doomed.daemonAt(name);
      await doomed.opm.run('restore');
      await expectOneEach(doomed.opm, rosters);
    },
    recover: async (name) => {
      await doomed.opm.run('stop', 'all');
      // One that dies between an intent and its launch leaves something to fence.
      await doomed.daemonAt('start-3:2');
      const command = doomed.failing(name).spawn('start', 'all');
      await eventually(`a daemon dies at ${name}`, () => doomed.struck.includes(name), 30_000);
      command.kill('SIGKILL');
      await doomed.opm.run('start', 'all');
      await expectOneEach(doomed.opm, rosters);
    },
  };
  for (const name of FAILPOINTS) {
    it(`${name}: what was asked for is so in the end, and nothing is doubled`, async function () {
      this.timeout(120_000);
      const [protocol = ''] = name.split('-');
      await steps[protocol]?.(name);
      expect(doomed.struck).to.include(name);
      await doomed.opm.run('history', 'audit');
    });
  }

  const refuses = async (opm: Opm, ...args: string[]): Promise<void> => {
    const { code, stderr, stdout } = await opm.call(...args);
    expect(code, args.join(' ')).to.equal(1);
    expect(stderr + stdout)
      .to.include('BAD_FAILPOINT')
      .and.include('restore-8');
  };

  it('is refused when there is no such step, and the home is not touched', async function () {
    this.timeout(60_000);
    const home = join(tempHome(), 'untouched');
    const failing = new Opm(home, { OPM_FAILPOINT: 'restore-99' });
    for (const args of [['daemon', 'run'], ['daemon', 'start'], ['start', 'sleep 60'], ['list']])
      await refuses(failing, ...args);
    expect(existsSync(home)).to.equal(false);
  });

  it('is refused beside a daemon that is running already, and nothing is recorded', async function () {
    this.timeout(60_000);
    const { opm } = doomed;
    await opm.run('start', 'all');
    const before = await opm.run('history', '--json');
    const failing = doomed.failing('restore-99');
    for (const args of [['list'], ['list', '--json'], ['stop', 'all'], ['restore'], ['kill']])
      await refuses(failing, ...args);
    expect(await opm.run('history', '--json')).to.equal(before);
    await expectOneEach(opm, rosters);
  });
});

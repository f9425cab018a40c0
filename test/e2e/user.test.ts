import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Opm } from '../support/opm.js';
import { cleanUp, isNobodyPossible, NOBODY } from '../support/programs.js';

describe('the user of a program', function () {
  this.timeout(60_000);

  let opm: Opm;

  before(function () {
    if (!isNobodyPossible()) this.skip();
  });
  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  it('and its mask and niceness are what the definition says, also after a restart', async () => {
    opm = new Opm();
    chmodSync(opm.home, 0o755);
    const command = 'exec sleep 1000';
    const setup = ['--uid', 'nobody', '--umask', '027', '--nice', '5'];
    await opm.run('start', command, '--name', 'plain', ...setup);
    await opm.run('restart', 'plain');
    const { pid } = await opm.row('plain');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).to.match(/^Uid:\t65534\t65534\t65534\t65534$/m);
    expect(status).to.match(/^Umask:\t0027$/m);
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[16]).to.equal('5');
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).to.include('USER=nobody\0');
  });

  it('is refused by a daemon without privilege, and nothing is started', async () => {
    opm = new Opm(undefined, {}, NOBODY);
    const called = await opm.call('start', 'sleep', '--uid', 'root', '--json', '--', '1000');
    expect(called.code).to.equal(1);
    const { error } = JSON.parse(called.stdout);
    expect(error.code).to.equal('NOT_PERMITTED');
    expect(error.message).to.include('uid').and.include('user 65534');
    expect(error.hint).to.include('root');
    expect(await opm.rows()).to.deep.equal([]);
  });

  for (const [verb, ...args] of [['list'], ['history'], ['start', 'sleep']]) {
    it(`is told by ${verb} when the home is closed to them`, async () => {
      opm = new Opm();
      const home = join(opm.home, 'another');
      mkdirSync(home);
      const { code, stdout } = await new Opm(home, {}, NOBODY).call(verb!, ...args, '--json');
      expect(code).to.equal(1);
      const { error } = JSON.parse(stdout);
      expect(error.code).to.equal('HOME_CLOSED');
      expect(error.message).to.include(home).and.include('65534');
      expect(error.hint).to.include('OPM_HOME');
    });
  }
});

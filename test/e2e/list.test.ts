import { expect } from 'chai';
import { isPlainList } from '../../src/bin/quick-list.js';
import { cleanUp, Opm, rostersIn } from '../support/opm.js';

/** Uptime goes on between two lists. */
const withoutAges = (text: string): string => text.replaceAll(/\b\d+s\b/g, 'N');

describe('the plain list', () => {
  let opm: Opm;
  beforeEach(() => {
    opm = new Opm();
  });
  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  it('is a command line of one word, or of two with --json', () => {
    for (const argv of [['list'], ['ls'], ['ps'], ['status']]) {
      expect(isPlainList(argv), argv.join(' ')).to.equal(true);
    }
    for (const argv of [[], ['stop'], ['list', 'x'], ['list', '--home', '/'], ['list', '--help']]) {
      expect(isPlainList(argv), argv.join(' ')).to.equal(false);
    }
  });

  it('prints what the command prints', async () => {
    await opm.run('start', opm.appFile(rostersIn(opm, 2)));
    const full = await opm.run('list', '--home', opm.home);
    expect(full).to.include('app1');
    expect(withoutAges(await opm.run('list'))).to.equal(withoutAges(full));
  });

  it('prints the JSON that the command prints', async () => {
    await opm.run('start', opm.appFile(rostersIn(opm, 1)));
    const still = (text: string) =>
      text.replaceAll(/"(cpuPercent|memoryBytes)": [\d.]+/g, '"$1": 0');
    const full = await opm.run('list', '--json', '--home', opm.home);
    expect(still(await opm.run('ls', '--json'))).to.equal(still(full));
  });

  it('leaves it to the command when no daemon answers', async () => {
    await opm.run('start', opm.appFile(rostersIn(opm, 1)));
    await opm.killDaemon();
    expect(await opm.run('list')).to.include('app0');
    expect((await opm.rows()).map(({ status }) => status)).to.deep.equal(['online']);
  });
});

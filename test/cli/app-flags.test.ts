import { expect } from 'chai';
import { appFlags, keyOfFlag, keysOfFlags } from '../../src/cli/app-flags.js';
import { insteadOfPm2Flag } from '../../src/cli/pm2-flags.js';
import { appSpec } from '../../src/config/app-keys.js';

describe('a flag of PM2 that opm does not have', () => {
  for (const flag of [
    '-f',
    '--force',
    '--update-env',
    '-p',
    '--pid=x',
    '--no-daemon',
    '--no-pmx',
  ]) {
    it(`${flag} is answered with what to do instead`, () => {
      expect(insteadOfPm2Flag(flag)).to.be.a('string').that.is.not.empty;
    });
  }

  it('is told from flags that PM2 does not have either', () => {
    expect(['-z', '--zzz', '--f', 'force'].map(insteadOfPm2Flag)).to.deep.equal(
      Array(4).fill(null),
    );
  });
});

describe('flags that stand for keys of an app', () => {
  it('are each the name of a key', () => {
    const keys = Object.keys(appFlags).map(keyOfFlag);
    expect(Object.keys(appSpec.shape)).to.include.members(keys);
  });

  it('say what the keys say', () => {
    const said = keysOfFlags({
      'max-restarts': 3,
      'no-treekill': true,
      instances: '2',
      dotenv: ['.env'],
      json: true,
    });
    expect(said).to.deep.equal({
      max_restarts: 3,
      treekill: false,
      instances: 2,
      env_file: ['.env'],
    });
    expect(keysOfFlags({ instances: 'max' })).to.deep.equal({ instances: 'max' });
    expect(appSpec.safeParse({ script: 'a', ...said }).success).to.equal(true);
  });
});

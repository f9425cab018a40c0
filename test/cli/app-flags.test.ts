import { expect } from 'chai';
import { appFlags, keyOfFlag, keysOfFlags } from '../../src/cli/app-flags.js';
import { appSpec } from '../../src/config/app-keys.js';

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

import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { epochOf, readEpoch } from '../../src/platform/epoch.js';
import { homePaths } from '../../src/platform/paths.js';
import { isPossible, sourceArgv } from '../support/programs.js';

/** A home whose log is its own. */
const HOME = homePaths('/nowhere');
const PARTS = ['boot', 'pid:[4026531836]', '12'] as const;
const NEW_NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc'] as const;

const epochInNewNamespace = (): string => {
  const code = `
    import { readEpoch } from '../src/platform/epoch.ts';
    import { homePaths } from '../src/platform/paths.ts';
    console.log(readEpoch(homePaths('/nowhere')));`;
  const [file, ...args] = [...NEW_NAMESPACE, ...sourceArgv(code)] as const;
  return execFileSync(file, args, { encoding: 'utf8' }).trim();
};

describe('the epoch', () => {
  it('is one name for one life, fit for a folder', () => {
    expect(readEpoch(HOME)).to.match(/^[0-9a-f]{16}$/);
    expect(readEpoch(HOME)).to.equal(readEpoch(HOME));
  });

  for (const [index, part] of ['boot', 'namespace', 'start of pid 1'].entries())
    it(`is another one with another ${part}`, () => {
      const parts = PARTS.map((value, at) => (at === index ? `${value}1` : value));
      expect(epochOf(parts)).not.to.equal(epochOf(PARTS));
    });

  it('is another one in each pid namespace, one after the other', function () {
    if (!isPossible([...NEW_NAMESPACE, 'true'])) this.skip();
    const epochs = [readEpoch(HOME), epochInNewNamespace(), epochInNewNamespace()];
    expect(new Set(epochs).size).to.equal(3);
  });
});

import { expect } from 'chai';
import { readEpoch } from '../../src/platform/epoch.js';
import { homeOs } from '../../src/platform/os.js';
import { homePaths } from '../../src/platform/paths.js';
import { cleanUp, start, tempHome } from '../support/programs.js';

describe('the operating system of a home', () => {
  afterEach(cleanUp);

  const open = () => {
    const paths = homePaths(tempHome());
    return homeOs(paths, readEpoch(paths), null);
  };

  it('takes one census for all who ask in one turn', () => {
    const os = open();
    expect(os.census()).to.equal(os.census());
  });

  it('looks again in the next turn', async () => {
    const os = open();
    const before = os.census();
    const { pid } = start(['sleep', '1000']).os;
    expect(os.census().table.has(pid)).to.equal(false);
    await Promise.resolve();
    expect(os.census()).to.not.equal(before);
    expect(os.census().table.has(pid)).to.equal(true);
  });
});

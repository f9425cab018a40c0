import { expect } from 'chai';
import { inContainer } from '../support/container.js';
import { canUnshare } from '../support/incident-programs.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('lives of the machine', () => {
  let home: string;

  before(function () {
    if (canUnshare()) return;
    if (process.env.CI) throw new Error('no pid namespace can be made here');
    console.log('    skipped; only root can make a pid namespace');
    this.skip();
  });

  beforeEach(() => {
    home = tempHome();
  });
  afterEach(cleanUp);

  it('incident 6: strangers with the pids of a program and its launcher are neither adopted nor signalled', async function () {
    this.timeout(120_000);
    const seen = await inContainer<{
      started: number;
      living: number[];
      listed: number;
      adopted: boolean;
      recycled: number[];
      strangers: number[];
      audit: number;
    }>('containers/recycled.ts', home);
    expect(seen.strangers).to.deep.equal(seen.recycled);
    expect(seen.started).to.equal(2);
    expect(seen.living).to.deep.equal([seen.listed]);
    expect(seen.recycled).to.not.include(seen.listed);
    expect(seen.adopted).to.equal(false);
    expect(seen.audit).to.equal(0);
  });

  it('incident 10: after a reboot while apps were slow to stop, wanted is what was wanted before', async function () {
    this.timeout(120_000);
    const seen = await inContainer<{ living: number[] }>('containers/reboot.ts', home, 'down');
    const [slow, , leaving] = seen.living;
    expect([slow, leaving], 'who was slow to stop').to.deep.equal([1, 1]);
    expect(await inContainer('containers/reboot.ts', home, 'up')).to.deep.equal({
      before: [0, 0, 0],
      after: [1, 1, 0],
      wanted: { slow: 'up', kept: 'up', leaving: 'down' },
      audit: 0,
    });
  });
});

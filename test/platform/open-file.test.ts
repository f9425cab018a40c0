import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { holdersOf } from '../../src/platform/open-file.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, start, tempHome } from '../support/programs.js';

describe('who has a file open', () => {
  afterEach(cleanUp);

  it('is found by its descriptor, whatever its environment says', async () => {
    const path = join(tempHome(), '0.lock');
    writeFileSync(path, '');
    expect(holdersOf(path)).to.deep.equal([]);
    const { os } = start(['/bin/sh', '-c', 'exec 9<"$0"; exec env -i sleep 1000', path]);
    await eventually('it is open', () => holdersOf(path).length > 0);
    expect(holdersOf(path)).to.deep.equal([os]);
  });
});

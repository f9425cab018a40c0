import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cleanUp, Opm } from '../support/opm.js';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

/** The processes that each example comes to. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'apps.json': ['hello', 'hello', 'ticker'],
  'opm.config.yaml': ['greeter'],
  'opm.config.toml': ['pair', 'pair'],
  'opm.config.ts': ['greet-ann', 'greet-bob'],
  'ecosystem.config.cjs': ['site'],
  'processes.hcl': ['hello'],
};

describe('the examples', () => {
  let opm: Opm;
  beforeEach(() => {
    opm = new Opm();
  });
  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  it('are all looked at here', () => {
    const files = readdirSync(EXAMPLES).filter((name) => !/\.(js|env)$/.test(name));
    expect(files).to.have.members(Object.keys(FILES));
  });

  it('each define what they say, and it runs', async () => {
    for (const [file, names] of Object.entries(FILES)) {
      await opm.run('apply', join(EXAMPLES, file), '--yes');
      const rows = await opm.rows();
      expect(rows.map(({ name }) => name).sort(), file).to.deep.equal([...names].sort());
      expect(
        rows.map(({ status }) => status),
        file,
      ).to.deep.equal(names.map(() => 'online'));
      await opm.run('delete', 'all');
    }
  });
});

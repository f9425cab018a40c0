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

  for (const [file, names] of Object.entries(FILES)) {
    it(`${file} defines what it says, and it runs`, async () => {
      await opm.run('apply', join(EXAMPLES, file), '--yes');
      const rows = await opm.rows();
      expect(rows.map(({ name }) => name).sort()).to.deep.equal([...names].sort());
      expect(rows.map(({ status }) => status)).to.deep.equal(names.map(() => 'online'));
    });
  }
});

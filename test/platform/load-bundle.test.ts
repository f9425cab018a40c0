import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { expect } from 'chai';
import { loadBundle } from '../../src/platform/load-bundle.js';
import { packageRoot } from '../../src/platform/package-root.js';
import { cleanUp, tempHome } from '../support/programs.js';

const DIST = join(packageRoot, 'dist');

/** A script as `loadBundle` makes it. */
const scriptOf = (file: string, cachedData?: Buffer): Script =>
  new Script(Module.wrap(readFileSync(file, 'utf8')), {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  });

describe('a bundle with a code cache', () => {
  let file: string;

  beforeEach(() => {
    file = join(tempHome(), 'bundle.cjs');
    writeFileSync(file, "exports.answer = () => require('node:path').basename(__filename);");
  });
  afterEach(cleanUp);

  const answer = () => (loadBundle(file) as { answer: () => string }).answer();

  it('is what the build has written, and this Node takes it', () => {
    const caches = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.cache'),
    );
    expect(caches).to.have.members(['bin/run-command.cjs.cache', 'daemon/main.cjs.cache']);
    for (const cache of caches) {
      const bundle = join(DIST, cache.replace(/\.cache$/, ''));
      const script = scriptOf(bundle, readFileSync(join(DIST, cache)));
      expect(script.cachedDataRejected, cache).to.equal(false);
      // What comes from a cache cannot import.
      expect(readFileSync(bundle, 'utf8'), bundle).to.not.match(/(await|return|=>) ?import\(/);
    }
  });

  it('is loaded with its cache and without one', () => {
    expect(answer()).to.equal('bundle.cjs');
    writeFileSync(`${file}.cache`, scriptOf(file).createCachedData());
    expect(answer()).to.equal('bundle.cjs');
  });

  it('is loaded all the same when its cache is another’s, cut off or empty', () => {
    const whole = scriptOf(file).createCachedData();
    for (const data of [whole.subarray(0, 40), Buffer.alloc(0), Buffer.from('nonsense')]) {
      writeFileSync(`${file}.cache`, data);
      expect(answer()).to.equal('bundle.cjs');
    }
    rmSync(`${file}.cache`);
    const other = join(tempHome(), 'other.cjs');
    writeFileSync(other, "exports.answer = () => 'another';\nexports.more = 1;");
    writeFileSync(`${file}.cache`, scriptOf(other).createCachedData());
    expect(answer()).to.equal('bundle.cjs');
  });
});

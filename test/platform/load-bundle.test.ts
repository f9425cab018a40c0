import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { expect } from 'chai';
import { DAEMON_FLAGS } from '../../src/client/launch-daemon.js';
import { loadBundle } from '../../src/platform/load-bundle.js';
import { packageRoot } from '../../src/platform/package-root.js';
import { cleanUp, tempHome } from '../support/programs.js';

const DIST = join(packageRoot, 'dist');

/** Whether Node refuses the cache of a bundle. */
const ASKS = `
  const { readFileSync } = require('node:fs');
  const filename = process.argv[1];
  const source = require('node:module').wrap(readFileSync(filename, 'utf8'));
  const cachedData = readFileSync(filename + '.cache');
  new (require('node:vm').Script)(source, { filename, cachedData }).cachedDataRejected`;

/** A script as `loadBundle` makes it. */
const scriptOf = (file: string): Script =>
  new Script(Module.wrap(readFileSync(file, 'utf8')), { filename: file });

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
      // Flags are a part of what a cache was made for, and a daemon has one.
      const flags = cache.startsWith('daemon') ? DAEMON_FLAGS : [];
      const isRefused = execFileSync(process.execPath, [...flags, '-p', ASKS, bundle]);
      expect(isRefused.toString(), cache).to.equal('false\n');
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

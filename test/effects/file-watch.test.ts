import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { asyncScheduler, type Subscription } from 'rxjs';
import { appKey } from '../../src/domain/ids.js';
import type { WatchPolicy } from '../../src/domain/policy.js';
import { watchFiles } from '../../src/effects/file-watch.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('watching files', () => {
  let folder: string;
  let subscription: Subscription;

  beforeEach(() => {
    folder = tempHome();
  });

  afterEach(() => {
    subscription.unsubscribe();
    cleanUp();
  });

  const write = (...names: string[]): void => {
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), String(Math.random()));
    }
  };

  /** Every file that is reported when these are written, and one that is reported in any case, again and again. */
  const reportedOf = async (
    names: readonly string[],
    change: Partial<WatchPolicy> = {},
    own: readonly string[] = [],
  ): Promise<readonly string[]> => {
    const policy = { paths: [folder], ignore: [], delayMs: 20, pollMs: 0, followSymlinks: true };
    const seen = new Set<string>();
    const problem = (error: unknown): never => {
      throw error;
    };
    subscription = watchFiles(
      appKey('default', 'web'),
      { ...policy, ...change },
      { cwd: folder, own, problem },
      asyncScheduler,
    ).subscribe((report) => {
      if (report.type === 'WatchedFilesChanged') for (const file of report.files) seen.add(file);
    });
    write(...names);
    const isReported = (): boolean => {
      if (!seen.has('last.js')) write(...names, 'last.js');
      return seen.has('last.js');
    };
    // Between two writes there is a quiet time longer than the delay, or nothing would ever be reported.
    await eventually('the last one is reported', isReported, 10_000, 100);
    return [...seen].filter((file) => file !== 'last.js').sort();
  };

  it('names what changed, in folders too, relative to the working directory', async () => {
    write('lib/a.js');
    expect(await reportedOf(['lib/a.js'])).to.deep.equal(['lib/a.js']);
  });

  it('passes over what editors, package managers and version control write', async () => {
    const litter = ['.git/index', 'node_modules/x/y.js', 'a.js~', '.a.js.swp', '4913', '#a.js#'];
    write('__pycache__/x');
    expect(await reportedOf([...litter, '__pycache__/x.pyc'])).to.deep.equal([]);
  });

  it('passes over what the app ignores: globs, names at any depth, folders', async () => {
    const ignore = ['*.log', 'tmp', 'data/**/cache', './build/'];
    const ignored = ['a.log', 'deep/b.log', 'tmp/x', 'deep/tmp/y', 'data/a/cache/z', 'build/o.js'];
    write('data/a/kept', 'deep/kept');
    const found = await reportedOf([...ignored, 'data/a/kept'], { ignore });
    expect(found.filter((file) => ignored.includes(file))).to.deep.equal([]);
    expect(found).to.include('data/a/kept');
  });

  it('passes over the logs of the app itself, and what is rotated out of them', async () => {
    const own = [join(folder, 'web-0.log'), join(folder, '.opm')];
    const written = ['web-0.log', 'web-0.log.pos', 'web-0.log.000000000000-000000000009.gz'];
    expect(await reportedOf(written, {}, own)).to.deep.equal([]);
  });
});

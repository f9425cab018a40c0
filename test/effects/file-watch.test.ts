import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
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

  /** Watches one path, sees that a change of what it names is told, and afterwards that of a file in it. */
  const reportedAfter = async (path: string, replace: () => void): Promise<void> => {
    write('sign/of/life.js');
    const paths = [path, join(folder, 'sign')];
    const policy = { paths, ignore: [], delayMs: 20, pollMs: 0, followSymlinks: true };
    const place = { cwd: folder, own: [], problem: () => {} };
    const seen = new Set<string>();
    subscription = watchFiles(appKey('default', 'web'), policy, place, asyncScheduler).subscribe(
      (report) => {
        if (report.type === 'WatchedFilesChanged') for (const file of report.files) seen.add(file);
      },
    );
    const isTold = (name: string): boolean => {
      write(name);
      return seen.has(name);
    };
    await eventually('the watch has begun', () => isTold('sign/of/life.js'), 10_000, 100);
    const name = relative(folder, path);
    replace();
    await eventually('it is told that it was replaced', () => seen.has(name));
    await eventually('it is watched', () => isTold(join(name, 'fresh.js')), 10_000, 100);
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

  for (const [what, replace] of [
    ['moved away and made again', (path: string) => renameSync(path, `${path}.old`)],
    ['removed and made again', (path: string) => rmSync(path, { recursive: true })],
  ] as const) {
    it(`goes on in a folder that was ${what}`, async () => {
      const lib = join(folder, 'lib');
      write('lib/a.js');
      await reportedAfter(lib, () => {
        replace(lib);
        write('lib/a.js');
      });
    });
  }

  it('notices a link that leads elsewhere, and goes on there', async () => {
    const current = join(folder, 'current');
    write('one/a.js', 'two/a.js');
    symlinkSync('one', current);
    await reportedAfter(current, () => {
      rmSync(current);
      symlinkSync('two', current);
    });
  });

  it('waits for a path that is not there yet', async () => {
    await reportedAfter(join(folder, 'later'), () => write('later/a.js'));
  });
});

import { basename, relative, sep } from 'node:path';
import type { ChokidarOptions } from 'chokidar';
import {
  buffer,
  concat,
  debounceTime,
  filter,
  from,
  interval,
  map,
  Observable,
  pairwise,
  type SchedulerLike,
  share,
  startWith,
  switchMap,
} from 'rxjs';
import type { AppKey } from '../domain/ids.js';
import type { WatchPolicy } from '../domain/policy.js';
import type { Report } from '../domain/report.js';
import { fileIdentity } from '../platform/file-identity.js';

/** Changed files that a report names. */
const MAX_NAMED = 20;

/** Folders that package managers, build tools and version control write, besides those whose name begins with a dot. */
const IGNORED_FOLDERS = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  '__pycache__',
  'venv',
]);

/** What editors put beside the file that is edited: vim's `4913`, `x~`, Emacs' `#x#`, JetBrains' `x___jb_tmp___`. */
const EDITOR_FILE = /^(4913|#.*#|.*~|.*___jb_(tmp|old)___|.*\.(sw[a-z]|tmp|pyc|kate-swp))$/;

const isLitter = (path: string, roots: readonly string[]): boolean => {
  const root = roots.find((candidate) => path === candidate || path.startsWith(candidate + sep));
  if (root === undefined || path === root) return false;
  const steps = relative(root, path).split(sep);
  return (
    steps.some((step) => step.startsWith('.') || IGNORED_FOLDERS.has(step)) ||
    EDITOR_FILE.test(basename(path))
  );
};

/** Whether one of the patterns names this path: a glob, a path, or a folder above it. */
const ignorer = async (patterns: readonly string[], cwd: string) => {
  if (patterns.length === 0) return () => false;
  const { default: picomatch } = await import('picomatch');
  const globs = patterns.flatMap((pattern) => {
    const clean = pattern.replace(/\/+$/, '').replace(/^\.\//, '');
    const rooted = clean.startsWith('/') ? clean : `${cwd}/${clean}`;
    // As with .gitignore, a pattern without a slash holds at any depth.
    const anywhere = clean.includes('/') ? [] : [`${cwd}/**/${clean}`, `${cwd}/**/${clean}/**`];
    return [rooted, `${rooted}/**`, ...anywhere];
  });
  return picomatch(globs, { dot: true });
};

const optionsOf = async (
  policy: WatchPolicy,
  cwd: string,
  own: readonly string[],
): Promise<ChokidarOptions> => {
  const isIgnored = await ignorer(policy.ignore, cwd);
  // A log's rotated parts have its name in front.
  const isOwn = (path: string) =>
    own.some((ours) => path === ours || path.startsWith(ours + sep) || path.startsWith(`${ours}.`));
  return {
    ignoreInitial: true,
    ignorePermissionErrors: true,
    followSymlinks: policy.followSymlinks,
    usePolling: policy.pollMs > 0,
    ...(policy.pollMs > 0 ? { interval: policy.pollMs } : {}),
    ignored: (path) => isOwn(path) || isLitter(path, policy.paths) || isIgnored(path),
  };
};

/** Time between two looks whether the watched paths are still what they were: less than changes are gathered for. */
const LOOK_MS = 250;

const identityOf = (path: string): string | null => {
  try {
    return fileIdentity(path);
  } catch {
    // What may not be looked at now is told from what is there.
    return 'unknown';
  }
};

/**
 * Tells of watched paths that came, went, or stand for something else now: watches stay with what was there, whether it
 * was moved away, removed and made again, or named by a link that leads elsewhere now.
 */
const replacements = (
  paths: readonly string[],
  scheduler: SchedulerLike,
): Observable<readonly string[]> =>
  interval(LOOK_MS, scheduler).pipe(
    startWith(null),
    map(() => paths.map(identityOf)),
    pairwise(),
    map(([before, now]) => paths.filter((_, index) => before[index] !== now[index])),
    filter((replaced) => replaced.length > 0),
  );

const watched = (
  policy: WatchPolicy,
  options: ChokidarOptions,
  problem: (error: unknown) => void,
): Observable<string> =>
  from(import('chokidar')).pipe(
    switchMap(
      ({ watch }) =>
        new Observable<string>((subscriber) => {
          const watcher = watch([...policy.paths], options);
          watcher.on('all', (_event, path) => subscriber.next(path));
          // A folder that cannot be read, or no watches left: what can be watched is.
          watcher.on('error', problem);
          return () => void watcher.close();
        }),
    ),
  );

const changes = (
  policy: WatchPolicy,
  options: ChokidarOptions,
  problem: (error: unknown) => void,
  scheduler: SchedulerLike,
): Observable<string> =>
  replacements(policy.paths, scheduler).pipe(
    startWith([]),
    switchMap((replaced) => concat(replaced, watched(policy, options, problem))),
  );

/** Where a watch is. */
interface Place {
  /** Patterns and names of files begin here. */
  readonly cwd: string;
  /** Folders and logs that opm writes to itself. */
  readonly own: readonly string[];
  readonly problem: (error: unknown) => void;
}

/** Reports which files changed, once nothing has changed any more for the policy's delay. */
export const watchFiles = (
  app: AppKey,
  policy: WatchPolicy,
  place: Place,
  scheduler: SchedulerLike,
): Observable<Report> =>
  from(optionsOf(policy, place.cwd, place.own)).pipe(
    switchMap((options) => {
      const changes$ = changes(policy, options, place.problem, scheduler).pipe(share());
      return changes$.pipe(buffer(changes$.pipe(debounceTime(policy.delayMs, scheduler))));
    }),
    filter((paths) => paths.length > 0),
    map((paths): Report => {
      const files = [...new Set(paths)].map((path) => relative(place.cwd, path) || path).sort();
      const named = files.slice(0, MAX_NAMED);
      return { type: 'WatchedFilesChanged', app, files: named, more: files.length - named.length };
    }),
  );

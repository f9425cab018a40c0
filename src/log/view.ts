import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MARK_FILE } from './acknowledged.js';
import { LogError } from './errors.js';
import { filesOf, isManifest, isTable, isWriteAhead } from './level-files.js';

/** How often a log that is being written to may change under the hands of whoever looks at it. */
const TRIES = 50;

/** A folder that LevelDB can open and write to, while the log's own files stay as they are. */
export interface View {
  readonly dir: string;
  close(): void;
}

export interface ViewOptions {
  /** Whether whoever opens the view holds the lock of the log itself. */
  readonly lock: boolean;
}

/** Changes whenever LevelDB takes other files for its own. */
const stampOf = (dir: string): string =>
  filesOf(dir)
    .filter((name) => isManifest(name) || name === 'CURRENT')
    .map((name) => `${name} ${statSync(join(dir, name)).size}`)
    .join();

const take = (dir: string, view: string, fds: number[]): boolean => {
  const before = stampOf(dir);
  const names = filesOf(dir);
  // The mark first: what is written meanwhile may be ahead of it, never behind.
  for (const name of names.filter((found) => found === MARK_FILE))
    copyFileSync(join(dir, name), join(view, name));
  for (const name of names) {
    const [from, to] = [join(dir, name), join(view, name)];
    if (isTable(name)) {
      const fd = openSync(from, 'r');
      fds.push(fd);
      // By our own descriptor: a daemon that starts meanwhile may delete the file, but not take it from us.
      symlinkSync(`/proc/self/fd/${fd}`, to);
    } else if (isManifest(name) || isWriteAhead(name) || name === 'CURRENT') copyFileSync(from, to);
  }
  return stampOf(dir) === before;
};

/**
 * Makes a private view of a log: its tables by reference, the rest as copies, in a temporary folder. LevelDB
 * cannot open a database without writing, and a reader may neither change what is damaged nor leave files behind
 * that belong to another user.
 *
 * @throws LogError LOG_NOT_READABLE, LOG_LOCKED when the log never holds still.
 */
export const openView = (dir: string, { lock }: ViewOptions): View => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const view = mkdtempSync(join(tmpdir(), 'opm-log-'));
    const fds: number[] = [];
    const close = (): void => {
      for (const fd of fds.splice(0)) closeSync(fd);
      rmSync(view, { recursive: true, force: true });
    };
    try {
      if (take(dir, view, fds)) {
        if (lock) symlinkSync(join(dir, 'LOCK'), join(view, 'LOCK'));
        return { dir: view, close };
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // A file that is gone was replaced by others just now.
      if (code !== 'ENOENT') {
        close();
        if (error instanceof LogError) throw error;
        throw new LogError('LOG_NOT_READABLE', `${dir} cannot be read: ${message}`, error);
      }
    }
    close();
  }
  throw new LogError('LOG_LOCKED', `${dir} is being changed all the time`);
};

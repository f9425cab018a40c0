import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';

/** Why a path does not serve; `unreadable`: this user may not read it, enter it, or even see it. */
export type PathProblem =
  | 'missing'
  | 'not-a-file'
  | 'not-a-directory'
  | 'not-executable'
  | 'unreadable';

/** What execvp(3) searches when PATH is not set (confstr(3), _CS_PATH). */
const DEFAULT_PATH = '/bin:/usr/bin';

const UNREADABLE = new Set(['EACCES', 'EPERM', 'EIO', 'ESTALE']);

const inspect = (path: string): Stats | PathProblem => {
  try {
    return statSync(path);
  } catch (error) {
    return UNREADABLE.has((error as NodeJS.ErrnoException).code ?? '') ? 'unreadable' : 'missing';
  }
};

const permits = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
};

/** What is wrong with a regular file, symlinks followed, when it is to be accessed so; else null. */
const checkFile = (path: string, mode: number, otherwise: PathProblem): PathProblem | null => {
  const found = inspect(path);
  if (typeof found === 'string') return found;
  if (!found.isFile()) return 'not-a-file';
  return permits(path, mode) ? null : otherwise;
};

/**
 * What keeps this user from executing a file, or null. As access(2) sees it: a file of unknown format, or a
 * script whose `#!` names nothing, passes here and fails in the launcher.
 */
export const checkExecutable = (path: string): PathProblem | null =>
  checkFile(path, constants.X_OK, 'not-executable');

/** What keeps this user from reading a file, such as a script for an interpreter, or null. */
export const checkReadableFile = (path: string): PathProblem | null =>
  checkFile(path, constants.R_OK, 'unreadable');

/** What keeps this user from entering a folder, or null. */
export const checkDirectory = (path: string): PathProblem | null => {
  const found = inspect(path);
  if (typeof found === 'string') return found;
  if (!found.isDirectory()) return 'not-a-directory';
  return permits(path, constants.X_OK) ? null : 'unreadable';
};

/** As much of a file's first line as the kernel looks at (execve(2)). */
const SHEBANG_BYTES = 256;

/** What reads a script by its first line, `#!interpreter [argument]`, as execve(2) takes it; null without one. */
export const shebangOf = (
  path: string,
): readonly [interpreter: string, ...args: string[]] | null => {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(SHEBANG_BYTES);
    const [line = ''] = bytes.toString('latin1', 0, readSync(file, bytes)).split('\n');
    const [, interpreter, argument] = /^#!\s*(\S+)(?:\s+(.*\S))?\s*$/.exec(line) ?? [];
    if (interpreter === undefined) return null;
    return argument === undefined ? [interpreter] : [interpreter, argument];
  } finally {
    closeSync(file);
  }
};

/**
 * The absolute path that execvp(3) would execute for this name, or null. A name with a slash is not searched
 * for but resolved against `cwd`; an empty entry of PATH means `cwd` too (POSIX, 8.3).
 */
export const findOnPath = (
  name: string,
  path: string | undefined,
  cwd: string = process.cwd(),
): string | null => {
  if (name === '') return null;
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : (path ?? DEFAULT_PATH).split(':').map((entry) => join(resolve(cwd, entry), name));
  return candidates.find((candidate) => checkExecutable(candidate) === null) ?? null;
};

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What is wrong with a file or folder. */
export type PathProblem =
  | 'missing'
  | 'not-a-file'
  | 'not-a-directory'
  | 'not-executable'
  | 'unreadable';

const check = (path: string, kind: 'file' | 'directory', mode: number): PathProblem | null => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 'missing';
  if (kind === 'file' && !stat.isFile()) return 'not-a-file';
  if (kind === 'directory' && !stat.isDirectory()) return 'not-a-directory';
  try {
    accessSync(path, mode);
    return null;
  } catch {
    return kind === 'file' && mode === constants.X_OK ? 'not-executable' : 'unreadable';
  }
};

const guarded = (path: string, kind: 'file' | 'directory', mode: number): PathProblem | null => {
  try {
    return check(path, kind, mode);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'unreadable' : 'missing';
  }
};

export const executableProblem = (path: string): PathProblem | null =>
  guarded(path, 'file', constants.X_OK);
export const readableFileProblem = (path: string): PathProblem | null =>
  guarded(path, 'file', constants.R_OK);
export const directoryProblem = (path: string): PathProblem | null =>
  guarded(path, 'directory', constants.R_OK | constants.X_OK);

/** Where a program is found by its name, as execvp(3) looks for it; null when nowhere. */
export const findOnPath = (name: string, path: string): string | null =>
  path
    .split(delimiter)
    .map((folder) => join(folder || '.', name))
    .find((candidate) => executableProblem(candidate) === null) ?? null;

import { closeSync, existsSync, mkdirSync, openSync, rmSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** By hand: `recursive` never comes back where a folder cannot be made for good, as in /proc. */
const makeFolder = (path: string): void => {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
};

/** What a log cannot be: opening it would fail, or wait until somebody reads it. */
const wrongKind = (stats: Stats): string | null => {
  if (stats.isDirectory()) return 'it is a folder';
  if (stats.isFIFO()) return 'it is a named pipe';
  return stats.isSocket() ? 'it is a socket' : null;
};

/** Makes sure that a file can be appended to, and makes its folder where it is missing. Answers why not, or null. */
export const makeWritable = (path: string): string | null => {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    const wrong = stats ? wrongKind(stats) : null;
    if (wrong !== null) return wrong;
    if (!stats) makeFolder(dirname(path));
    // Tried, not asked: to root, access(2) says yes of what /proc and a read-only mount refuse.
    closeSync(openSync(path, 'a', 0o600));
    if (!stats) rmSync(path);
    return null;
  } catch (error) {
    return codeOf(error);
  }
};

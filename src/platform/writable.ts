import { closeSync, constants, existsSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
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

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Makes sure that a file can be appended to, and makes its folder where it is missing. Answers why not, or null. A
 * pipe will do as long as somebody reads it: open(2) would wait for its reader, and without waiting says ENXIO.
 */
export const makeWritable = (path: string): string | null => {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return 'it is a folder';
    if (stats?.isSocket()) return 'it is a socket';
    if (!stats) makeFolder(dirname(path));
    // Tried, not asked: to root, access(2) says yes of what /proc and a read-only mount refuse.
    closeSync(openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, 0o600));
    if (!stats) rmSync(path);
    return null;
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENXIO' ? 'it is a pipe that nobody reads' : code;
  }
};

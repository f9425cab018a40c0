import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { archivesOf } from './log-stream.js';

const isFilled = (path: string): boolean => {
  try {
    return statSync(path).size > 0;
  } catch {
    return false;
  }
};

/** A name that nobody has, `x-out.log.1` and so on; it is there, empty, when this returns. */
const freeName = (path: string): string => {
  for (let n = 1; ; n += 1) {
    try {
      closeSync(openSync(`${path}.${n}`, 'wx', 0o600));
      return `${path}.${n}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
};

/**
 * Moves the log of an earlier app of the same name aside, with what was rotated out of it: `x-out.log` becomes
 * `x-out.log.1`. The new one counts its bytes from 0.
 */
export const setLogAside = (path: string): void => {
  const archives = archivesOf(path);
  if (!isFilled(path) && archives.length === 0 && !existsSync(`${path}.pos`)) return;
  const aside = freeName(path);
  for (const archive of archives) renameSync(archive.path, aside + archive.path.slice(path.length));
  for (const end of ['.pos', '']) if (existsSync(path + end)) renameSync(path + end, aside + end);
};

import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Epoch, processOfSpawnKey, type SpawnKey, spawnKey } from '../domain/ids.js';
import { type HomePaths, runFile, runFilesDir, slotsDir } from './paths.js';
import { isSame } from './proc.js';
import { readRunFile } from './run-file.js';

/** Succeeds when no lock of its arguments is held, in whichever pid namespace its holder may be. */
const ALL_FREE = 'for lock; do flock -n "$lock" true || exit 1; done';

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/**
 * Removes the files of runs that the log says are closed, and answers how many. Only those with a claim whose
 * launcher is gone: a key is given to one launcher, so none will ever ask for it again. What keeps a launcher out
 * that may still come stays: a fence, and a file that nobody has written to.
 */
export const sweepRuns = (
  paths: HomePaths,
  epoch: Epoch,
  isOpen: (key: SpawnKey) => boolean,
): number => {
  const keys = namesIn(runFilesDir(paths, epoch))
    .filter((name) => processOfSpawnKey(name) !== null)
    .map(spawnKey);
  const over = keys.filter((key) => {
    if (isOpen(key)) return false;
    const claim = readRunFile(runFile(paths, epoch, key))?.claim;
    return claim !== null && claim !== undefined && !isSame(claim.launcher);
  });
  for (const key of over) rmSync(runFile(paths, epoch, key), { force: true });
  return over.length;
};

/**
 * Removes the folders of earlier epochs, and answers with their names. Another container may live on in one of
 * them, out of sight from here: the locks of its programs are the kernel's word on that, and while one is held
 * (or cannot be asked for, without flock(1)) its folder stays.
 */
export const sweepEpochs = async (paths: HomePaths, current: Epoch): Promise<readonly Epoch[]> => {
  const removed: Epoch[] = [];
  for (const name of namesIn(paths.run)) {
    if (name === current || !/^[0-9a-f]{16}$/.test(name)) continue;
    const locks = slotsDir(paths, name as Epoch);
    const files = namesIn(locks).map((file) => join(locks, file));
    try {
      if (files.length > 0) await promisify(execFile)('sh', ['-c', ALL_FREE, 'sh', ...files]);
      rmSync(join(paths.run, name), { recursive: true, force: true });
      removed.push(name as Epoch);
    } catch {
      // Held, or not ours to look at: it is asked again at the next start.
    }
  }
  return removed;
};

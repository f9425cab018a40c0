import { lstatSync, mkdtempSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the name of every folder of the benchmark begins with. */
export const PLACES = 'opm-bench-';

/** Tells a row's process the attic of its run. */
export const ATTIC = 'OPM_BENCH_ATTIC';
/** From this size on the bytes of a file are given back at once. */
const LARGE_BYTES = 64 << 10;

export const removeFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });

/**
 * A folder in which others wait for the end of the whole run. ext4 hands an inode out again only after some minutes,
 * and passes over those that were freed before one by one: whoever makes files behind the removal of many pays for
 * it, and which manager that is would be chance.
 */
export const makeAttic = (): string => mkdtempSync(join(tmpdir(), `${PLACES}attic-`));

const emptyLargeFiles = (folder: string): void => {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && lstatSync(path).size >= LARGE_BYTES) truncateSync(path);
  }
};

/** Takes a folder out of the way: into the attic, or removed when there is none. */
export const putAway = (folder: string, attic = process.env[ATTIC]): void => {
  if (attic === undefined) {
    removeFolder(folder);
  } else {
    emptyLargeFiles(folder);
    renameSync(folder, join(mkdtempSync(join(attic, 'shelf-')), 'folder'));
  }
};

import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { LogError } from './errors.js';
import { wholeRecords } from './write-ahead.js';

/** Sorted tables: never changed once they are written. */
export const isTable = (name: string): boolean => /^\d+\.(ldb|sst)$/.test(name);
/** What was written since the last table. */
export const isWriteAhead = (name: string): boolean => /^\d+\.log$/.test(name);
export const isManifest = (name: string): boolean => /^MANIFEST-\d+$/.test(name);

/**
 * Whether a folder has files that events may stand in. MANIFEST-000001 says nothing: LevelDB writes it before all
 * else and replaces it at the first opening, so alone it is left of a log that was never made.
 */
export const holdsLog = (names: readonly string[]): boolean =>
  names.some(
    (name) =>
      name === 'CURRENT' ||
      isTable(name) ||
      isWriteAhead(name) ||
      (isManifest(name) && name !== 'MANIFEST-000001'),
  );

/**
 * Names in a folder; none when it is not there.
 *
 * @throws LogError LOG_NOT_READABLE
 */
export const filesOf = (dir: string): string[] => {
  try {
    return readdirSync(dir);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new LogError('LOG_NOT_READABLE', `${dir} cannot be read: ${message}`, error);
  }
};

/** How the write-ahead files of a folder end before they should. */
export interface Tear {
  /** File and how many of its bytes stand before the damage. */
  readonly keep: readonly { readonly path: string; readonly bytes: number }[];
  /** Whether LevelDB would read on behind the damage, as if nothing were missing. */
  readonly isPassedOver: boolean;
}

/** The first record of the write-ahead files that is not whole, and what stands behind it; null when all are whole. */
export const findTear = (dir: string): Tear | null => {
  const files = filesOf(dir)
    .filter(isWriteAhead)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((name) => join(dir, name));
  for (const [index, path] of files.entries()) {
    const bytes = readFileSync(path);
    const { end, rest } = wholeRecords(bytes);
    if (rest === 'nothing') continue;
    const later = files.slice(index + 1).filter((next) => readFileSync(next).length > 0);
    const keep = [{ path, bytes: end }, ...later.map((next) => ({ path: next, bytes: 0 }))];
    return { keep, isPassedOver: rest === 'damage' || later.length > 0 };
  }
  return null;
};

/** Ends the write-ahead files where they are torn, so that LevelDB keeps nothing that stands behind a gap. */
export const cutTear = ({ keep }: Tear): void => {
  for (const { path, bytes } of keep) truncateSync(path, bytes);
};

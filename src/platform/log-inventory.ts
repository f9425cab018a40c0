import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { ActiveLog, LogInventory, RestingLog } from '../domain/log-upkeep.js';
import { type LogArchive, readLogFolder } from './log-stream.js';

/** Files that belong to a log and are none themselves: its position, and a copy or compression under way. */
const COMPANION = /\.(pos|part|gz\.new)$/;

const rest = (path: string, compressible: boolean): RestingLog[] => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return [];
  return [{ path, sizeBytes: stats.size, writtenAt: stats.mtimeMs, compressible }];
};

type Written = Pick<ActiveLog, 'path' | 'rotates'>;

const activeLog = ({ path, rotates }: Written, kept: readonly LogArchive[]): ActiveLog => {
  const stats = statSync(path, { throwIfNoEntry: false });
  const archives = kept.flatMap((archive) => rest(archive.path, !archive.compressed));
  const begunAt = archives.at(-1)?.writtenAt ?? stats?.birthtimeMs ?? 0;
  const sizeBytes = stats?.isFile() ? stats.size : 0;
  return { path, rotates, sizeBytes, begunAt, archives };
};

/** Sizes of logs by their paths, 0 for what is no file; and the folders in which they really lie. */
export interface LogSizes {
  readonly sizes: ReadonlyMap<string, number>;
  readonly folders: ReadonlySet<string>;
}

/** The sizes of logs alone. */
export const logSizes = (paths: readonly string[]): LogSizes => {
  const sizes = new Map<string, number>();
  const folders = new Set<string>();
  for (const path of paths) {
    const entry = lstatSync(path, { throwIfNoEntry: false });
    const isLink = entry?.isSymbolicLink() ?? false;
    const stats = isLink ? statSync(path, { throwIfNoEntry: false }) : entry;
    sizes.set(path, stats?.isFile() ? stats.size : 0);
    folders.add(dirname(path));
    if (isLink && stats) folders.add(dirname(realpathSync.native(path)));
  }
  return { sizes, folders };
};

/** Every log of a home: those that programs write to, and what else lies in its folder. */
export const takeLogInventory = (folder: string, active: readonly Written[]): LogInventory => {
  // Each folder is read once, not once for each log in it.
  const folders = new Set(active.map(({ path }) => dirname(path)));
  const archives = new Map([...folders].flatMap((path) => [...readLogFolder(path).archives]));
  const logs = active.map((log) => activeLog(log, archives.get(normalize(log.path)) ?? []));
  const known = new Set(
    logs.flatMap(({ path, archives }) => [path, ...archives.map((archive) => archive.path)]),
  );
  const former = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => !known.has(path) && !COMPANION.test(path))
    .flatMap((path) => rest(path, false));
  return { active: logs, former };
};

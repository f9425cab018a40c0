import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, normalize } from 'node:path';
import type { ProcessId } from '../domain/ids.js';
import { readLogFolder } from './log-stream.js';

const isFilled = (path: string): boolean => {
  const stats = statSync(path, { throwIfNoEntry: false });
  return Boolean(stats?.isFile() && stats.size > 0);
};

const asideName = (path: string, process: number): string => `${path}.before-${process}`;

/**
 * Moves the log of an earlier app of the same name aside for a process that takes its place, with what was rotated
 * out of it: `x-out.log` becomes `x-out.log.before-7`. The new one counts its bytes from 0.
 * `folder` is what its folder holds, where that is known.
 */
export const setLogAside = (
  path: string,
  process: ProcessId,
  { names, archives: all } = readLogFolder(dirname(path)),
): void => {
  const name = basename(path);
  const archives = all.get(normalize(path)) ?? [];
  const isNew = archives.length === 0 && !names.has(`${name}.pos`);
  if (isNew && !(names.has(name) && isFilled(path))) return;
  const aside = asideName(path, process);
  // Its first launch came to nothing, and this is the next: what stands here is its own.
  if (existsSync(aside)) return;
  for (const archive of archives) renameSync(archive.path, aside + archive.path.slice(path.length));
  for (const end of ['.pos', '']) if (existsSync(path + end)) renameSync(path + end, aside + end);
};

/**
 * Where the log of a process that is gone lies now: where it was, or where the first process after it has set it aside.
 * `successors` are processes that have taken its place, as far as they are known otherwise.
 */
export const whereLogLies = (
  path: string,
  process: number,
  successors: readonly number[] = [],
): string => {
  const start = asideName(basename(path), Number.NaN).slice(0, -'NaN'.length);
  const names = existsSync(dirname(path)) ? readdirSync(dirname(path)) : [];
  const seen = names
    .filter((name) => name.startsWith(start))
    .map((name) => Number.parseInt(name.slice(start.length), 10));
  const later = [...seen, ...successors].filter((successor) => successor > process);
  return later.length === 0 ? path : asideName(path, Math.min(...later));
};

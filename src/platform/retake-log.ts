import { chownSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Rotation } from './log-rotation.js';
import { archivesOf } from './log-stream.js';
import { holdersOf } from './open-file.js';

/** What stands in the place of a log that was moved away: nothing, or an empty file that nobody has opened yet. */
const isFree = (path: string): boolean => {
  const stats = statSync(path, { throwIfNoEntry: false });
  return (
    stats === undefined || (stats.isFile() && stats.size === 0 && holdersOf(path).length === 0)
  );
};

/**
 * Gives a log that was renamed under its writer its name back, and then moves what it holds to the file that it was
 * renamed to: the writer goes on, and whoever renamed it finds what they expected. What cannot be cut off whole (the
 * rest of a block, a short log) stays in the log. Answers false, and leaves all as it is, when something has taken the
 * log's place by now.
 */
export const retakeLog = async (
  path: string,
  moved: string,
  rotation: Rotation,
): Promise<boolean> => {
  if (dirname(moved) !== dirname(path) || !isFree(path)) return false;
  const { size, mode, uid, gid } = statSync(moved);
  renameSync(moved, path);
  writeFileSync(moved, '', { flag: 'wx', mode });
  if (process.getuid?.() === 0) chownSync(moved, uid, gid);
  if (size === 0) return true;
  const before = new Set(archivesOf(path).map((archive) => archive.path));
  await rotation.rotate(path, size);
  const part = archivesOf(path).find((archive) => !before.has(archive.path));
  if (part) renameSync(part.path, moved);
  return true;
};

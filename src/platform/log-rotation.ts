import { execFile } from 'node:child_process';
import {
  copyFileSync,
  createReadStream,
  createWriteStream,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { findCompanion } from './companion.js';
import { parsePosition, positionText } from './log-position.js';
import { archivesOf } from './log-stream.js';

/** `busy`: somebody else rotates it. `no space`: the disk is full, nothing was lost. */
export type RotationResult = 'done' | 'busy' | 'no space';

/** The rotator's exit codes, see rotator.c. */
const BUSY = 97;
const NO_SPACE = 96;
const DIGITS = 20;

/** Moves logs away under their writers. */
export interface Rotation {
  /** Rejects with what went wrong, in words. */
  rotate(log: string, limitBytes: number): Promise<RotationResult>;
  /** Empties a log and forgets what was rotated out of it. */
  flush(log: string): Promise<void>;
}

const run = (rotator: string, args: readonly string[]): Promise<RotationResult> =>
  new Promise((resolve, reject) => {
    execFile(rotator, args, (error, _, stderr) => {
      if (!error) return resolve('done');
      if (error.code === BUSY) return resolve('busy');
      if (error.code === NO_SPACE) return resolve('no space');
      reject(new Error(stderr.trim() || error.message));
    });
  });

/** A device or a pipe holds nothing. */
const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const deleteArchives = (log: string): void => {
  for (const { path } of archivesOf(log)) rmSync(path, { force: true });
};

/** Rotation by the compiled rotator: it loses nothing where the file system can collapse a range. */
const nativeRotation = (rotator: string): Rotation => ({
  rotate: (log, limitBytes) => run(rotator, [log, String(limitBytes)]),
  async flush(log) {
    if (isFile(log)) await run(rotator, ['--flush', log]);
    deleteArchives(log);
  },
});

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

const beginAt = (log: string, base: number): void => {
  const numbers = [base, 0, 0, 0].map((n) => String(n).padStart(DIGITS, '0'));
  writeFileSync(`${log}.pos`, `${numbers.join(' ')}\n`, { mode: 0o600 });
};

const endOf = (log: string): { readonly base: number; readonly end: number } => {
  const { base } = parsePosition(positionText(log));
  return { base, end: base + (statSync(log, { throwIfNoEntry: false })?.size ?? 0) };
};

/** Copy and truncate, for where there is no compiled rotator: what is written between the two is lost. */
const plainRotation: Rotation = {
  async rotate(log, limitBytes) {
    const { base, end } = endOf(log);
    if (end - base < limitBytes) return 'done';
    const part = `${log}.part`;
    try {
      copyFileSync(log, part);
    } catch (error) {
      rmSync(part, { force: true });
      if (isFull(error)) return 'no space';
      throw error;
    }
    const places = [base, base + statSync(part).size].map((n) => String(n).padStart(12, '0'));
    truncateSync(log, 0);
    renameSync(part, `${log}.${places.join('-')}`);
    beginAt(log, Number(places[1]));
    return 'done';
  },
  async flush(log) {
    const { end } = endOf(log);
    if (isFile(log)) {
      truncateSync(log, 0);
      beginAt(log, end);
    }
    deleteArchives(log);
  },
};

/** The rotation that is possible here. */
export const findRotation = (env: NodeJS.ProcessEnv): Rotation => {
  const rotator = findCompanion('opm-rotator', env);
  return rotator === null ? plainRotation : nativeRotation(rotator);
};

/** Compresses a rotated file; what it is called says the same as before. Keeps its times. */
export const compressArchive = async (path: string): Promise<void> => {
  const packed = `${path}.gz.new`;
  try {
    const { atime, mtime } = statSync(path);
    await pipeline(
      createReadStream(path),
      createGzip(),
      createWriteStream(packed, { mode: 0o600 }),
    );
    utimesSync(packed, atime, mtime);
    renameSync(packed, `${path}.gz`);
    rmSync(path);
  } catch (error) {
    rmSync(packed, { force: true });
    throw error;
  }
};

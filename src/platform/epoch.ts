import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { type Epoch, epoch } from '../domain/ids.js';
import type { HomePaths } from './paths.js';
import { readStat } from './proc.js';

/** Nothing tells one life of the machine from another. */
export class EpochError extends Error {
  override readonly name = 'EpochError';
  readonly code = 'EPOCH_UNKNOWN';
  readonly hint =
    'opm needs /proc mounted: it tells processes apart by what the kernel says there.';
}

/** What a part of the epoch is where it cannot be read. Constant: a guess that varies would end the epoch. */
const HIDDEN = 'hidden';

const attempt = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return HIDDEN;
  }
};

/**
 * - The boot id (random(4)) is new with every boot, and one for all containers of a machine.
 * - The pid namespace tells containers apart; its inode number is used again after it is gone.
 * - The start time of pid 1 in it tells two namespaces with one number apart: the second began later. Where
 *   /proc is mounted with `hidepid` only root sees it.
 */
const readParts = (): readonly string[] => [
  attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
  attempt(() => readlinkSync('/proc/self/ns/pid')),
  String(readStat(1)?.startTicks ?? HIDDEN),
];

/** A short name for these parts: 16 hexadecimal digits, fit for a folder. */
export const epochOf = (parts: readonly string[]): Epoch =>
  epoch(createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16));

/** What tells the lives of a home with an imported log from those of the home that the log came from. */
const readOrigin = ({ imported }: HomePaths): readonly string[] => {
  try {
    return [readFileSync(imported, 'utf8')];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/**
 * Notes that the log of a home comes from elsewhere. The runs that it tells of are another home's, which may be alive
 * on this very machine: for this one they are of another epoch.
 */
export const markImported = ({ imported }: HomePaths, nonce: string): void =>
  writeFileSync(imported, nonce, { mode: 0o600 });

/**
 * Names the present life of the process-id space for a home. Another name means that every process of the earlier one is
 * dead, so pids and start times of then mean nothing now.
 *
 * @throws EpochError EPOCH_UNKNOWN when nothing of it can be read.
 */
export const readEpoch = (paths: HomePaths): Epoch => {
  const parts = readParts();
  if (parts.every((part) => part === HIDDEN))
    throw new EpochError('neither boot id nor pid namespace of this machine can be read');
  return epochOf([...parts, ...readOrigin(paths)]);
};

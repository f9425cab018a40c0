import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { Level } from 'level';
import { type Seq, seq } from '../domain/ids.js';
import { decode } from './codec.js';
import { isLocked, LogError, openFailure, readFailure } from './errors.js';
import type { LogIdentity, RequestRecord } from './event-log.js';
import * as keys from './keys.js';
import { type Database, genesis, hashOf } from './level-log.js';
import { lockedError } from './open.js';

const BATCH = 1000;

/** What is whole of a log, and what becomes of it. */
export interface RepairReport {
  readonly kept: number;
  readonly lastSeq: Seq;
  /** Events that were found after the last whole one. */
  readonly dropped: number;
  /** Why the next one is not whole; null when all are. */
  readonly problem: string | null;
  /** Where the log as it was has gone; null when nothing was changed. */
  readonly setAside: string | null;
}

interface Prefix {
  readonly identity: LogIdentity;
  readonly last: Seq;
  readonly hash: string;
  readonly dropped: number;
  readonly problem: string | null;
}

const open = async (dir: string): Promise<Database> => {
  const db: Database = new Level(dir, { createIfMissing: false });
  try {
    await db.open();
    return db;
  } catch (error) {
    if (isLocked(error)) throw lockedError(dir, error);
    throw openFailure(dir, error);
  }
};

/** A database that can be read: the log itself, or a copy that LevelDB could make sense of. */
const openReadable = async (dir: string, copy: string): Promise<Database> => {
  try {
    return await open(dir);
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== 'LOG_CORRUPT') throw error;
    cpSync(dir, copy, { recursive: true });
    await ClassicLevel.repair(copy);
    return open(copy);
  }
};

/** The longest beginning of the log in which every event is what its successor was chained to. */
const wholePrefix = async (db: Database): Promise<Prefix> => {
  const text = await db.get(keys.HOME);
  if (text === undefined) {
    throw new LogError(
      'LOG_CORRUPT',
      'the record of the log itself is lost: nothing can be proved',
    );
  }
  const identity = JSON.parse(text) as LogIdentity;
  let [last, hash] = [seq(0), genesis(identity)];
  let confirmed = { last, hash };
  let problem: string | null = null;
  let dropped = 0;
  try {
    for await (const [key, value] of db.iterator(keys.all('e'))) {
      const at = keys.seqOfKey(key);
      if (problem === null) {
        problem = problemOf(at, value, { last, hash });
        // A successor that does not follow says that the event before it is not what was written.
        if (problem !== null && at === last + 1 && isAltered(problem)) ({ last, hash } = confirmed);
      }
      if (problem !== null) {
        dropped += 1;
        continue;
      }
      confirmed = { last, hash };
      [last, hash] = [at, hashOf(value)];
    }
  } catch (error) {
    problem ??= readFailure(error).message;
  }
  return { identity, last, hash, dropped, problem };
};

const ALTERED = 'altered: event';
const isAltered = (problem: string): boolean => problem.startsWith(ALTERED);

const problemOf = (at: Seq, text: string, before: { last: Seq; hash: string }): string | null => {
  if (at !== before.last + 1) return `events ${before.last + 1} to ${at - 1} are missing`;
  try {
    const { prev } = decode(at, text);
    return prev === before.hash
      ? null
      : `${ALTERED} ${before.last}: event ${at} does not follow it`;
  } catch (error) {
    return (error as Error).message;
  }
};

/** Writes the whole prefix, its indexes and its requests into a new database. */
const writePrefix = async (from: Database, dir: string, prefix: Prefix): Promise<void> => {
  const to: Database = new Level(dir, { errorIfExists: true });
  await to.open();
  let batch = to.batch().put(keys.HOME, JSON.stringify(prefix.identity));
  const { last, hash } = prefix;
  if (last > 0) {
    batch.put(keys.HEAD, JSON.stringify({ seq: last, hash }));
    for await (const [key, text] of from.iterator(keys.between(keys.eventKey, 0, last))) {
      const { event } = decode(keys.seqOfKey(key), text);
      batch.put(key, text);
      if ('process' in event.data) batch.put(keys.processKey(event.data.process, event.seq), '');
      if (event.runKey !== null) batch.put(keys.runIndexKey(event.runKey, event.seq), '');
      if (batch.length < BATCH) continue;
      await batch.write();
      batch = to.batch();
    }
  }
  try {
    for await (const [key, text] of from.iterator(keys.all('q'))) {
      const record = JSON.parse(text) as RequestRecord;
      if ((record.last ?? 0) <= last) batch.put(key, text);
    }
  } catch {
    // Requests beyond the damage: asked again, they are decided anew.
  }
  await batch.write({ sync: true });
  await to.close();
};

/**
 * Keeps what is whole of a damaged log: the log as it was is moved aside, never deleted, and its longest
 * whole beginning takes its place. With `dryRun` nothing is changed.
 *
 * @throws LogError LOG_LOCKED, LOG_MISSING, LOG_CORRUPT when not even the first record can be read.
 */
export const repairLog = async (
  dir: string,
  { dryRun, now }: { readonly dryRun: boolean; readonly now: Date },
): Promise<RepairReport> => {
  if (!existsSync(join(dir, 'CURRENT'))) {
    throw new LogError('LOG_MISSING', `there is no log in ${dir}`);
  }
  const stamp = now.toISOString().replaceAll(':', '-');
  const [copy, fresh, setAside] = ['copy', 'new', 'damaged'].map(
    (what) => `${dir}.${what}-${stamp}`,
  ) as [string, string, string];
  const db = await openReadable(dir, copy);
  try {
    const prefix = await wholePrefix(db);
    const { last, dropped, problem } = prefix;
    const sound = problem === null && (await headAgrees(db, prefix));
    if (!dryRun && !sound) await writePrefix(db, fresh, prefix);
    await db.close();
    if (!dryRun && !sound) {
      renameSync(dir, setAside);
      renameSync(fresh, dir);
    }
    const why = problem ?? (sound ? null : 'the head record does not agree with the last event');
    const moved = dryRun || sound ? null : setAside;
    return { kept: last, lastSeq: last, dropped, problem: why, setAside: moved };
  } finally {
    await db.close();
    rmSync(copy, { recursive: true, force: true });
  }
};

const headAgrees = async (db: Database, { last, hash }: Prefix): Promise<boolean> => {
  const text = await db.get(keys.HEAD);
  return last === 0 ? text === undefined : text === JSON.stringify({ seq: last, hash });
};

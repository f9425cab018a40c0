import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Level } from 'level';
import { seq } from '../domain/ids.js';
import { decode } from './codec.js';
import { isLocked, LogError, openFailure } from './errors.js';
import type { EventLog, Head, LogIdentity } from './event-log.js';
import * as keys from './keys.js';
import { type Database, FORMAT, genesis, hashOf, LevelLog } from './level-log.js';

const RETRY_MS = 20;

export interface OpenOptions {
  /** Fresh text for event ids and for the id of a new log. */
  readonly newId: () => string;
  /** Whether a log that is not there is made. */
  readonly create: boolean;
  /** How long to wait for another process that holds the log, ms. */
  readonly waitMs: number;
  /** Asked while waiting: true when waiting is in vain, because the holder is there to stay. */
  readonly isInVain?: () => Promise<boolean>;
}

/** The pid that holds the lock of a log, from /proc/locks (proc(5)); null when it cannot be told. */
export const lockHolder = (dir: string): number | null => {
  try {
    const { ino } = statSync(join(dir, 'LOCK'));
    for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
      const [, , , , pid, file] = line.trim().split(/\s+/);
      if (file?.split(':').at(-1) === String(ino)) return Number(pid);
    }
  } catch {
    return null;
  }
  return null;
};

export const lockedError = (dir: string, cause: unknown): LogError => {
  const pid = lockHolder(dir);
  const who = pid === null ? 'another process' : `process ${pid}`;
  return new LogError('LOG_LOCKED', `${dir} is held by ${who}`, cause);
};

const openDatabase = async (dir: string, options: OpenOptions): Promise<Database> => {
  const deadline = Date.now() + options.waitMs;
  for (;;) {
    const db: Database = new Level(dir, { createIfMissing: options.create });
    try {
      await db.open();
      return db;
    } catch (error) {
      if (!isLocked(error)) throw openFailure(dir, error);
      const over = Date.now() >= deadline || (await options.isInVain?.());
      if (over) throw lockedError(dir, error);
    }
    await pause(RETRY_MS);
  }
};

const readIdentity = async (db: Database, options: OpenOptions): Promise<LogIdentity> => {
  const text = await db.get(keys.HOME);
  if (text === undefined) {
    const [first] = await db.keys({ limit: 1 }).all();
    if (first !== undefined || !options.create) {
      throw new LogError('LOG_CORRUPT', 'the record of the log itself is missing');
    }
    const identity = {
      id: options.newId(),
      createdAt: Date.now(),
      format: FORMAT,
    };
    await db.put(keys.HOME, JSON.stringify(identity), { sync: true });
    return identity;
  }
  const identity = JSON.parse(text) as LogIdentity;
  if (identity.format === FORMAT) return identity;
  const message = `the log has format ${identity.format}; this version reads format ${FORMAT}`;
  throw new LogError('LOG_FORMAT', message);
};

/** The head record, held against the last event: neither may be without the other. */
const readHead = async (db: Database, identity: LogIdentity): Promise<Head> => {
  const text = await db.get(keys.HEAD);
  const [last] = await db.iterator({ ...keys.all('e'), reverse: true, limit: 1 }).all();
  if (text === undefined && !last) return { seq: seq(0), hash: genesis(identity) };
  const head = JSON.parse(text ?? 'null') as Head | null;
  if (!head || !last || keys.seqOfKey(last[0]) !== head.seq) {
    throw new LogError(
      'LOG_CORRUPT',
      `the log ends at event ${last && keys.seqOfKey(last[0])}, its head says ${head?.seq}`,
    );
  }
  decode(head.seq, last[1]);
  if (hashOf(last[1]) === head.hash) return head;
  throw new LogError('LOG_CORRUPT', `event ${head.seq} is not what was written: its hash differs`);
};

/**
 * Opens the log in a folder. Only one process can have it open.
 *
 * @throws LogError LOG_LOCKED (after waitMs), LOG_MISSING, LOG_CORRUPT, LOG_FORMAT, LOG_NOT_WRITABLE.
 */
export const openLog = async (dir: string, options: OpenOptions): Promise<EventLog> => {
  if (!options.create && !existsSync(join(dir, 'CURRENT'))) {
    throw new LogError('LOG_MISSING', `there is no log in ${dir}`);
  }
  try {
    if (options.create) mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw openFailure(dir, error);
  }
  const db = await openDatabase(dir, options);
  try {
    const identity = await readIdentity(db, options);
    return new LevelLog(db, {
      identity,
      head: await readHead(db, identity),
      newId: options.newId,
    });
  } catch (error) {
    await db.close();
    throw error instanceof SyntaxError ? openFailure(dir, error) : error;
  }
};

/** A private copy of a log that may not be written; LOCK stays where it is, as its lock is not ours. */
const openCopy = async (dir: string, waitMs: number): Promise<EventLog> => {
  const copy = mkdtempSync(join(tmpdir(), 'opm-log-'));
  const remove = () => rmSync(copy, { recursive: true, force: true });
  try {
    cpSync(dir, copy, { recursive: true, filter: (path) => basename(path) !== 'LOCK' });
    const log = await openLog(copy, { newId: () => '', create: false, waitMs });
    const close = log.close.bind(log);
    log.close = () => close().finally(remove);
    return log;
  } catch (error) {
    remove();
    throw error;
  }
};

/**
 * Opens a log to read it, without making one. Where it may not be written, as on a dead machine's disk that is
 * mounted read-only, a copy is read: LevelDB cannot open a database without writing.
 */
export const openLogForReading = async (
  dir: string,
  { waitMs }: { readonly waitMs: number },
): Promise<EventLog> => {
  try {
    return await openLog(dir, { newId: () => '', create: false, waitMs });
  } catch (error) {
    if (error instanceof LogError && error.code === 'LOG_NOT_WRITABLE')
      return openCopy(dir, waitMs);
    throw error;
  }
};

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Level } from 'level';
import { seq } from '../domain/ids.js';
import { MARK_FILE, MarkKeeper, readMark } from './acknowledged.js';
import { decode } from './codec.js';
import { isLocked, LogError, openFailure } from './errors.js';
import type { Anchor, EventLog, Head, LogIdentity } from './event-log.js';
import { genesis, hashOf } from './hash.js';
import * as keys from './keys.js';
import { cutTear, filesOf, findTear, holdsLog } from './level-files.js';
import { FORMAT, LevelLog, type Opened } from './level-log.js';
import { openView } from './view.js';
import type { Database } from './writer.js';

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

/** Opens the database of a log that is whole as far as its files can tell. */
const openDatabase = async (dir: string, options: OpenOptions): Promise<Database> => {
  const deadline = Date.now() + options.waitMs;
  for (;;) {
    try {
      if (lockHolder(dir) === null) await mendTear(dir);
      // Not before: a database begins to open as soon as it is made.
      const db: Database = new Level(dir, { createIfMissing: options.create });
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

/**
 * After a power cut the last writes may be there in part. LevelDB keeps what it can read of them, also behind a
 * gap; we keep what stands before it, if everything that was acknowledged does.
 *
 * @throws LogError LOG_DAMAGED, and then nothing was changed.
 */
const mendTear = async (dir: string): Promise<void> => {
  const tear = findTear(dir);
  if (!tear) return;
  await (await openLogForReading(dir)).close();
  if (tear.isPassedOver) cutTear(tear);
};

const readIdentity = async (db: Database, dir: string, options: OpenOptions) => {
  const text = await db.get(keys.HOME);
  if (text === undefined) {
    const [first] = await db.keys({ limit: 1 }).all();
    if (first !== undefined || !options.create || readMark(dir)) {
      throw new LogError('LOG_DAMAGED', 'the record of the log itself is missing');
    }
    const identity: LogIdentity = { id: options.newId(), createdAt: Date.now(), format: FORMAT };
    await db.put(keys.HOME, JSON.stringify(identity), { sync: true });
    return identity;
  }
  const identity = JSON.parse(text) as LogIdentity;
  if (identity.format === FORMAT) return identity;
  const message = `the log has format ${identity.format}; this version reads format ${FORMAT}`;
  throw new LogError('LOG_FORMAT', message);
};

/** The head record, held against the last event: neither may be without the other. */
const readHead = async (db: Database, before: Head): Promise<Head> => {
  const text = await db.get(keys.HEAD);
  const range = { ...keys.all('e'), gt: keys.eventKey(before.seq), reverse: true, limit: 1 };
  const [last] = await db.iterator(range).all();
  if (text === undefined && !last) return { seq: before.seq, hash: before.hash };
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

/** Everything that was acknowledged has to be there, and be what it was. */
const checkMark = async (
  db: Database,
  dir: string,
  { identity: log, head, anchor }: Omit<Opened, 'newId' | 'mark'>,
) => {
  const mark = readMark(dir);
  if (!mark) return;
  if (mark.log !== log.id) {
    const message = `${join(dir, MARK_FILE)} belongs to another log, ${mark.log}`;
    throw new LogError('LOG_DAMAGED', message);
  }
  if (mark.seq > head.seq) {
    const message = `the log ends at event ${head.seq}, but event ${mark.seq} had been acknowledged`;
    throw new LogError('LOG_DAMAGED', message);
  }
  // A mark that lags may be of an event that was dropped since.
  if (mark.seq <= (anchor?.seq ?? 0)) return;
  const text = await db.get(keys.eventKey(mark.seq));
  if (text !== undefined && hashOf(text) === mark.hash) return;
  throw new LogError('LOG_CORRUPT', `event ${mark.seq} is not what was acknowledged`);
};

/** `log` is the folder whose view was opened, where it is one. */
const readOpened = async (db: Database, dir: string, options: OpenOptions, log = dir) => {
  try {
    const identity = await readIdentity(db, dir, options);
    const anchor = JSON.parse((await db.get(keys.ANCHOR)) ?? 'null') as Anchor | null;
    const head = await readHead(db, anchor ?? { seq: seq(0), hash: genesis(identity) });
    await checkMark(db, dir, { identity, head, anchor });
    return { identity, head, anchor, newId: options.newId };
  } catch (error) {
    await db.close();
    throw openFailure(log, error, dir);
  }
};

/** Whether a folder has a log. Throws LogError LOG_DAMAGED when it has only parts of one. */
const hasLog = (dir: string): boolean => {
  const names = filesOf(dir);
  if (names.includes('CURRENT')) return true;
  if (!holdsLog(names) && !names.includes(MARK_FILE)) return false;
  throw new LogError('LOG_DAMAGED', `${dir} holds a log, but its file CURRENT is gone`);
};

/** Sees to it that there is a log, or a folder for one if that is to be made; which of both. */
const prepare = (dir: string, create: boolean): { readonly isThere: boolean } => {
  if (hasLog(dir)) return { isThere: true };
  if (!create) throw new LogError('LOG_MISSING', `there is no log in ${dir}`);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw openFailure(dir, error);
  }
  return { isThere: false };
};

/**
 * Opens the log in a folder. Only one process can have it open.
 *
 * @throws LogError LOG_LOCKED (after waitMs), LOG_MISSING, LOG_DAMAGED, LOG_CORRUPT, LOG_FORMAT, LOG_NOT_WRITABLE.
 */
export const openLog = async (dir: string, options: OpenOptions): Promise<EventLog> => {
  const { isThere } = prepare(dir, options.create);
  const db = await openDatabase(dir, { ...options, create: !isThere });
  const opened = await readOpened(db, dir, options);
  return new LevelLog(db, { ...opened, mark: new MarkKeeper(dir, opened.identity.id) });
};

/**
 * Opens a log to read it: a view of it as it is now, while a daemon may have it open. Changes nothing, and makes
 * no log.
 *
 * @throws LogError LOG_MISSING, LOG_DAMAGED, LOG_CORRUPT, LOG_FORMAT, LOG_NOT_READABLE.
 */
export const openLogForReading = async (dir: string): Promise<EventLog> => {
  prepare(dir, false);
  const view = openView(dir, { lock: false });
  try {
    const options = { newId: () => '', create: false, waitMs: 0 };
    const tear = findTear(view.dir);
    if (tear) cutTear(tear);
    const db: Database = new Level(view.dir, { createIfMissing: false });
    await db.open().catch((error) => {
      throw openFailure(dir, error, view.dir);
    });
    const log = new LevelLog(db, { ...(await readOpened(db, view.dir, options, dir)), mark: null });
    const close = log.close.bind(log);
    log.close = () => close().finally(view.close);
    return log;
  } catch (error) {
    view.close();
    throw error;
  }
};

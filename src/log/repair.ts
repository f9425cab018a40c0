import { renameSync, rmSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { Level } from 'level';
import { type Seq, seq } from '../domain/ids.js';
import { MarkKeeper, readMark } from './acknowledged.js';
import { anchorText } from './anchor.js';
import { Chain } from './chain.js';
import { decode } from './codec.js';
import { isLocked, LogError, openFailure, readFailure } from './errors.js';
import type { Anchor, Head, LogIdentity, RequestRecord } from './event-log.js';
import { eventOperations } from './event-operations.js';
import { genesis, hashOf } from './hash.js';
import * as keys from './keys.js';
import { cutTear, filesOf, findTear, holdsLog } from './level-files.js';
import { lockedError, lockHolder } from './open.js';
import { parsed } from './reading.js';
import { openView } from './view.js';
import type { Database } from './writer.js';

const BATCH = 1000;

/** What is whole of a log, and what becomes of it. */
export interface RepairReport {
  readonly kept: number;
  readonly lastSeq: Seq;
  /** Events that are known of after the last whole one. */
  readonly dropped: number;
  /** Why the next one is not whole; null when all are. */
  readonly problem: string | null;
  /** Where the log as it was has gone; null when nothing was changed. */
  readonly setAside: string | null;
}

interface Prefix {
  readonly identity: LogIdentity;
  readonly anchor: Anchor | null;
  readonly last: Head;
  readonly dropped: number;
  readonly problem: string | null;
}

/** What LevelDB makes of the files; when it makes nothing, what its own repair finds in them, and why. */
const openFiles = async (dir: string, log: string) => {
  const db: Database = new Level(dir, { createIfMissing: false });
  try {
    await db.open();
    return { db, problem: null };
  } catch (error) {
    if (isLocked(error)) throw lockedError(log, error);
    try {
      await ClassicLevel.repair(dir);
      await db.open();
      return { db, problem: openFailure(log, error, dir).message };
    } catch (unrepaired) {
      throw openFailure(log, unrepaired, dir);
    }
  }
};

const readIdentity = async (db: Database): Promise<LogIdentity> => {
  const text = await db.get(keys.HOME).catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as LogIdentity;
  const message = 'the record of the log itself is lost: nothing can be proved';
  throw new LogError('LOG_LOST', message);
};

const readAnchor = async (db: Database): Promise<Anchor | null> => {
  const text = await db.get(keys.ANCHOR);
  return text === undefined ? null : parsed<Anchor>('anchor', text);
};

/** What tells of the end of the log: its head record, and what was last acknowledged. */
const readWitnesses = async (db: Database, dir: string, log: LogIdentity) => {
  const text = await db.get(keys.HEAD).catch(() => undefined);
  const mark = readMark(dir);
  return {
    head: text === undefined ? null : (JSON.parse(text) as Head),
    mark: mark?.log === log.id ? mark : null,
  };
};

/** Walks the events until one does not follow the one before it. */
const walk = async (db: Database, start: Head) => {
  const chain = new Chain(start);
  let [before, last, end] = [start, start, start.seq];
  let problem: string | null = null;
  try {
    const range = { ...keys.all('e'), gt: keys.eventKey(start.seq) };
    for await (const [key, text] of db.iterator(range)) {
      end = keys.seqOfKey(key);
      if (problem !== null) continue;
      const [found] = chain.take({ seq: end, text }).problems;
      if (found) {
        problem = found.message;
        if (found.kind === 'hash') last = before;
        continue;
      }
      before = last;
      last = { seq: end, hash: hashOf(text) };
    }
  } catch (error) {
    problem ??= readFailure(error).message;
  }
  return { before, last, end, problem };
};

/** The longest beginning of the log that nothing contradicts: no event in it, and no witness of its end. */
const wholePrefix = async (db: Database, dir: string): Promise<Prefix> => {
  const identity = await readIdentity(db);
  const anchor = await readAnchor(db);
  const found = await walk(db, anchor ?? { seq: seq(0), hash: genesis(identity) });
  const { head, mark } = await readWitnesses(db, dir, identity);
  const end = Math.max(found.end, head?.seq ?? 0, mark?.seq ?? 0);
  const asked = [head, mark].filter((witness) => witness?.seq === found.last.seq);
  const isAltered = asked.length > 0 && asked.every((told) => told?.hash !== found.last.hash);
  const last = isAltered ? found.before : found.last;
  const why = (): string | null => {
    if (isAltered) return `event ${found.last.seq} is not what was written: its hash differs`;
    if (found.problem !== null) return found.problem;
    if (end > last.seq) return `the log ends at event ${last.seq}, but there had been ${end}`;
    const isSound =
      end === (anchor?.seq ?? 0) || (head?.seq === last.seq && head.hash === last.hash);
    return isSound ? null : 'the head record does not agree with the last event';
  };
  return { identity, anchor, last, dropped: end - last.seq, problem: why() };
};

/** Writes the whole prefix, its indexes and its requests into a new database. */
const writePrefix = async (from: Database, dir: string, prefix: Prefix): Promise<void> => {
  const to: Database = new Level(dir, { errorIfExists: true });
  await to.open();
  try {
    const { identity, anchor, last } = prefix;
    let batch = to.batch().put(keys.HOME, JSON.stringify(identity));
    if (anchor) batch.put(keys.ANCHOR, anchorText(anchor));
    for await (const [key, text] of from.iterator(keys.all('b'))) batch.put(key, text);
    if (last.seq > 0) batch.put(keys.HEAD, JSON.stringify(last));
    for await (const [key, text] of from.iterator(keys.between(keys.eventKey, 0, last.seq))) {
      const { event } = decode(keys.seqOfKey(key), text);
      for (const { key: found, value } of eventOperations(event, text)) batch.put(found, value);
      if (batch.length < BATCH) continue;
      await batch.write();
      batch = to.batch();
    }
    try {
      for await (const [key, text] of from.iterator(keys.all('q'))) {
        const record = JSON.parse(text) as RequestRecord;
        if ((record.last ?? 0) <= last.seq) batch.put(key, text);
      }
    } catch {
      // Requests beyond the damage: asked again, they are decided anew.
    }
    await batch.write({ sync: true });
    const mark = new MarkKeeper(dir, identity.id);
    mark.advance(last);
    mark.close();
  } finally {
    await to.close();
  }
};

const repairView = async (
  dir: string,
  view: string,
  { dryRun, now }: { readonly dryRun: boolean; readonly now: Date },
): Promise<RepairReport> => {
  const tear = findTear(view);
  if (tear) cutTear(tear);
  const { db, problem: unopened } = await openFiles(view, dir);
  const stamp = now.toISOString().replaceAll(':', '-');
  const [fresh, setAside] = [`${dir}.new-${stamp}`, `${dir}.damaged-${stamp}`];
  try {
    const prefix = await wholePrefix(db, view);
    const { last, dropped } = prefix;
    const problem = prefix.problem ?? unopened;
    const since = prefix.anchor?.seq ?? 0;
    const report = { kept: last.seq - since, lastSeq: last.seq, dropped, problem };
    if (dryRun || problem === null) return { ...report, setAside: null };
    await writePrefix(db, fresh, prefix);
    // The lock of the log is still ours, and goes with its file.
    renameSync(dir, setAside);
    renameSync(fresh, dir);
    return { ...report, setAside };
  } finally {
    await db.close();
    rmSync(fresh, { recursive: true, force: true });
  }
};

/**
 * Keeps what is whole of a damaged log: the log as it was is moved aside, never deleted, and its longest
 * whole beginning takes its place. With `dryRun`, and where all is whole, nothing is changed.
 *
 * @throws LogError LOG_LOCKED, LOG_MISSING, LOG_LOST when not even the record of the log itself can be read.
 */
export const repairLog = async (
  dir: string,
  options: { readonly dryRun: boolean; readonly now: Date },
): Promise<RepairReport> => {
  if (!holdsLog(filesOf(dir))) throw new LogError('LOG_MISSING', `there is no log in ${dir}`);
  if (!options.dryRun && lockHolder(dir) !== null) throw lockedError(dir, undefined);
  const view = openView(dir, { lock: !options.dryRun });
  try {
    return await repairView(dir, view.dir, options);
  } finally {
    view.close();
  }
};

import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Level } from 'level';
import type { Seq } from '../domain/ids.js';
import { MarkKeeper } from './acknowledged.js';
import { anchorText } from './anchor.js';
import { LogError, openFailure } from './errors.js';
import type { LogIdentity } from './event-log.js';
import { damaged, ExportReader } from './export-reader.js';
import * as keys from './keys.js';
import { filesOf } from './level-files.js';
import { type Database, type Put, writeBatch } from './writer.js';

const BATCH = 3000;

/** What was imported. */
export interface ImportReport {
  readonly log: LogIdentity;
  readonly events: number;
  readonly requests: number;
  readonly lastSeq: Seq;
}

/** Lines without their line feed. A text that does not end with one was cut, and its last line is kept back. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    yield* lines;
  }
}

const writeAll = async (
  dir: string,
  reader: ExportReader,
  lines: AsyncIterable<string>,
): Promise<void> => {
  const db: Database = new Level(dir, { errorIfExists: true });
  const { log, head, anchor } = reader.header;
  await db.open();
  try {
    let puts: Put[] = [{ type: 'put', key: keys.HOME, value: JSON.stringify(log) }];
    if (head.seq > 0) puts.push({ type: 'put', key: keys.HEAD, value: JSON.stringify(head) });
    if (anchor) puts.push({ type: 'put', key: keys.ANCHOR, value: anchorText(anchor) });
    for await (const line of lines) {
      puts.push(...reader.read(line));
      if (puts.length < BATCH) continue;
      await writeBatch(db, puts, false);
      puts = [];
    }
    reader.close();
    await writeBatch(db, puts, true);
  } finally {
    await db.close();
  }
  const mark = new MarkKeeper(dir, log.id);
  mark.advance(head);
  mark.close();
};

/**
 * Makes a log of an export, in a folder that has none. Everything is checked before the log appears: its chain,
 * what its anchor keeps, and that no line is missing, changed or moved. On any failure nothing is left behind.
 * `proved` is called when all of it was found to be whole, before the log appears.
 *
 * @throws LogError LOG_EXISTS, EXPORT_DAMAGED with the line, LOG_FORMAT, LOG_NOT_WRITABLE.
 */
export const importLog = async (
  dir: string,
  chunks: AsyncIterable<string>,
  proved: () => void = () => {},
): Promise<ImportReport> => {
  if (filesOf(dir).length > 0) throw new LogError('LOG_EXISTS', `${dir} is not empty`);
  const fresh = `${dir}.import-${process.pid}`;
  const lines = linesOf(chunks);
  let made: string | undefined;
  try {
    const first = await lines.next();
    if (first.done) throw damaged(1, 'the export is empty');
    const reader = new ExportReader(first.value);
    made = mkdirSync(dirname(dir), { recursive: true, mode: 0o700 });
    await writeAll(fresh, reader, lines);
    proved();
    renameSync(fresh, dir);
    const { log, head } = reader.header;
    return { log, ...reader.counts, lastSeq: head.seq };
  } catch (error) {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    throw openFailure(dir, error, fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
};

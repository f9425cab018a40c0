import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Level } from 'level';
import type { Decided, Recorded } from '../../src/domain/event.js';
import { processId, runKey } from '../../src/domain/ids.js';
import type { EventLog } from '../../src/log/event-log.js';
import { openLog } from '../../src/log/open.js';

/** Some event of a process, and of a restore run. */
export const someEvent = (process: number, run: string | null = null): Decided => ({
  type: 'WantedChanged',
  data: { process: processId(process), wanted: 'up' },
  causedBy: null,
  runKey: run === null ? null : runKey(run),
});

export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

let ids = 0;
export const newId = (): string => {
  ids += 1;
  return `id${ids}`;
};

export const openAt = (dir: string, create = true): Promise<EventLog> =>
  openLog(dir, { newId, create, waitMs: 0 });

export const append = (
  log: EventLog,
  events: readonly Decided[],
  { durable = false, at = 1000 } = {},
): Promise<readonly Recorded[]> => log.append({ events, at, request: null, record: null, durable });

/** The code that something fails with; `none` when it does not. */
export const codeOf = async (act: () => Promise<unknown>): Promise<string> => {
  try {
    await act();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'none';
};

/** Works on the database behind the log's back. */
export const edit = async (
  dir: string,
  change: (db: Level<string, string>) => Promise<unknown>,
): Promise<void> => {
  const db = new Level<string, string>(dir);
  await db.open();
  await change(db);
  await db.close();
};

/** Every file of a folder with a digest of what is in it. */
export const contentOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir)
      .filter((name) => statSync(join(dir, name)).isFile())
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(dir, name)))
          .digest('hex'),
      ]),
  );

/** The files as they are this moment, as a machine that lost its power would find them. */
export const copyLog = (dir: string, to: string): string => {
  cpSync(dir, to, { recursive: true, filter: (path) => !path.endsWith('LOCK') });
  return to;
};

/** The file that the last writes went to. */
export const writeAheadOf = (dir: string): string =>
  join(
    dir,
    readdirSync(dir)
      .filter((name) => name.endsWith('.log'))
      .sort()
      .at(-1)!,
  );

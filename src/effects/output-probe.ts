import { resolve } from 'node:path';
import { logFilesOf } from '../domain/log-files.js';
import type { Os } from '../platform/os.js';
import type { Subject } from './monitor.js';

const BLOCK_BYTES = 64 * 1024;

/** Where we are in one log, and the beginning of a line that is not finished. */
interface Cursor {
  readonly log: ReturnType<Os['openLog']>;
  position: number;
  rest: string;
}

const findIn = (cursor: Cursor, pattern: RegExp): boolean => {
  for (;;) {
    const { from, bytes } = cursor.log.read(cursor.position, BLOCK_BYTES);
    if (bytes.length === 0) return false;
    cursor.position = from + bytes.length;
    const lines = (cursor.rest + bytes.toString('utf8')).split('\n');
    cursor.rest = (lines.pop() ?? '').slice(-BLOCK_BYTES);
    if (lines.some((line) => pattern.test(line))) return true;
  }
};

/**
 * Looks whether a program has written a line that matches a regular expression, to its output or its error output,
 * since its run began. Each look goes on where the last one ended.
 */
export const lineFinder = (
  os: Os,
  logsFolder: string,
  { app, process, started: { outputFrom } }: Subject,
  source: string,
): (() => boolean) => {
  const pattern = new RegExp(source);
  const logs = logFilesOf(app, process);
  const cursorOf = (file: string, position = 0): Cursor => ({
    log: os.openLog(resolve(logsFolder, file)),
    position,
    rest: '',
  });
  const cursors = [cursorOf(logs.out, outputFrom?.out), cursorOf(logs.error, outputFrom?.error)];
  return () => cursors.some((cursor) => findIn(cursor, pattern));
};

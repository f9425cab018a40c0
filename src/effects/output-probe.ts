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

/** Reads to the end, also when it has found one. */
const findIn = (cursor: Cursor, pattern: RegExp): boolean => {
  let found = false;
  for (;;) {
    const { from, bytes } = cursor.log.read(cursor.position, BLOCK_BYTES);
    if (bytes.length === 0) return found;
    cursor.position = from + bytes.length;
    const lines = (cursor.rest + bytes.toString('utf8')).split('\n');
    cursor.rest = (lines.pop() ?? '').slice(-BLOCK_BYTES);
    found ||= lines.some((line) => pattern.test(line));
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
  return () => cursors.map((cursor) => findIn(cursor, pattern)).includes(true);
};

/** The most that one look for a sign of life reads of a log: its end. */
const FRESH_BYTES = 1024 * 1024;

/**
 * Looks whether a program has written a line that matches a regular expression since the last look, or since the first
 * one was prepared. A line of more than a megabyte ago is too old.
 */
export const freshLineFinder = (
  os: Os,
  logsFolder: string,
  { app, process }: Pick<Subject, 'app' | 'process'>,
  source: string,
): (() => boolean) => {
  const pattern = new RegExp(source);
  const files = logFilesOf(app, process);
  const cursors = [files.out, files.error].map((file): Cursor => {
    const log = os.openLog(resolve(logsFolder, file));
    return { log, position: log.bounds().to, rest: '' };
  });
  return () =>
    cursors
      .map((cursor) => {
        const oldest = cursor.log.bounds().to - FRESH_BYTES;
        if (cursor.position < oldest) Object.assign(cursor, { position: oldest, rest: '' });
        return findIn(cursor, pattern);
      })
      .includes(true);
};

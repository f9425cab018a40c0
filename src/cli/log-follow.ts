import { type ChildProcess, spawn } from 'node:child_process';
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { findCompanion } from '../platform/companion.js';
import { LineCutter } from './log-lines.js';
import type { LinePrinter } from './log-printer.js';
import {
  isWanted,
  type LogQuery,
  type LogSource,
  mergeLines,
  type TimedLine,
} from './log-query.js';
import { ownTime } from './log-time.js';
import { OutputClosed } from './output.js';

const BLOCK_BYTES = 256 * 1024;
/** Several changes within this time are read at once. */
const SETTLE_MS = 20;

/** Reads on in one log, wherever rotation, replacing and emptying leave it. */
class Follower {
  readonly source: LogSource;
  readonly #cutter: LineCutter;
  #inode: number | null;

  constructor(source: LogSource, position: number) {
    this.source = source;
    this.#cutter = new LineCutter(position);
    this.#inode = source.log.live()?.inode ?? null;
  }

  /** Lines that were finished since the last look. */
  *news(): Generator<TimedLine> {
    this.#meetNewFile();
    for (;;) {
      const { from, bytes } = this.source.log.read(this.#cutter.position, BLOCK_BYTES);
      if (bytes.length === 0) return;
      for (const line of this.#cutter.take(from, bytes)) {
        const own = ownTime(line.bytes);
        yield { ...line, source: this.source, at: own ?? Date.now(), guessed: own === null };
      }
    }
  }

  /** A file that was emptied, or put in the place of the one before, is read from its beginning. */
  #meetNewFile(): void {
    const live = this.source.log.live();
    if (!live) return;
    const { position } = this.#cutter;
    const isOther = this.#inode !== null && live.inode !== this.#inode && live.from < position;
    if (isOther || live.to < position) this.#cutter.position = live.from;
    this.#inode = live.inode;
  }
}

/** Ends when nobody reads our output any more; null where nothing is compiled. See launcher/hangup.c. */
const watchOutput = (): ChildProcess | null => {
  const program = findCompanion('opm-hangup', process.env);
  if (program === null) return null;
  const child = spawn(program, { stdio: ['pipe', 'inherit', 'ignore'] });
  return child.on('error', () => {});
};

/** Prints what is written from these places on. Rejects with OutputClosed when nobody reads it any more. */
export const followLogs = (
  from: ReadonlyMap<LogSource, number>,
  query: LogQuery,
  printer: LinePrinter,
): Promise<never> => {
  const followers = [...from].map(([source, position]) => new Follower(source, position));
  const folders = new Set(followers.map(({ source }) => dirname(source.log.path)));
  const watchers: FSWatcher[] = [];
  const read = (): void => {
    const news = mergeLines(followers.map((follower) => follower.news()));
    for (const line of news) if (isWanted(query, line)) printer.print(line);
    printer.flush();
  };
  const hangup = watchOutput();
  const followed = new Promise<never>((_, reject) => {
    hangup?.on('exit', () => reject(new OutputClosed()));
    let timer: NodeJS.Timeout | null = null;
    const readSoon = (): void => {
      if (timer) return;
      timer = setTimeout(() => {
        timer = null;
        try {
          read();
        } catch (error) {
          reject(error);
        }
      }, SETTLE_MS);
    };
    for (const folder of folders) watchers.push(watch(folder, readSoon).on('error', reject));
    // What was written between the last look and the watch.
    readSoon();
  });
  return followed.finally(() => {
    for (const watcher of watchers) watcher.close();
    hangup?.kill();
  });
};

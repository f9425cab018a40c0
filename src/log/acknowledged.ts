import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Seq, seq } from '../domain/ids.js';
import type { Head } from './event-log.js';
import { hashOf } from './hash.js';

/** Stands beside LevelDB's own files, which it leaves alone. */
export const MARK_FILE = 'acknowledged';
/** One sector each: a disk writes a sector as a whole or not at all, so one of the two is always readable. */
const SLOT = 512;
const SLOTS = 2;

/** How far the log was on the disk when somebody was last told so. */
export interface Mark extends Head {
  /** Id of the log. */
  readonly log: string;
}

const textOf = (mark: Mark): string => {
  const body = JSON.stringify(mark);
  return `${hashOf(body)} ${body}`.padEnd(SLOT - 1).concat('\n');
};

const parse = (slot: string): Mark | null => {
  const text = slot.trim();
  const [checksum, body] = [text.slice(0, 43), text.slice(44)];
  return hashOf(body) === checksum ? (JSON.parse(body) as Mark) : null;
};

/** The mark of a log's folder; null when there is none that can be read. */
export const readMark = (dir: string): Mark | null => {
  let text: string;
  try {
    text = readFileSync(join(dir, MARK_FILE), 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const marks = [text.slice(0, SLOT), text.slice(SLOT)].map(parse).filter((mark) => mark !== null);
  return marks.sort((a, b) => b.seq - a.seq)[0] ?? null;
};

/**
 * Keeps the mark. LevelDB drops what it cannot read at the end of its log without a word; only something that
 * stands elsewhere can tell that it had been there.
 */
export class MarkKeeper {
  readonly #path: string;
  readonly #log: string;
  #fd: number | null = null;
  #seq: Seq;
  #slot = 0;

  constructor(dir: string, log: string) {
    this.#path = join(dir, MARK_FILE);
    this.#log = log;
    this.#seq = readMark(dir)?.seq ?? seq(0);
  }

  get seq(): Seq {
    return this.#seq;
  }

  /**
   * Notes that the log is on the disk up to here. At once, as the answer waits for it: a sector into the page cache
   * takes a few microseconds, a turn through the thread pool ten times as long.
   */
  advance(head: Head): void {
    if (head.seq <= this.#seq) return;
    try {
      this.#fd ??= this.#open();
      writeSync(this.#fd, textOf({ log: this.#log, ...head }), this.#slot * SLOT, 'latin1');
      this.#slot = (this.#slot + 1) % SLOTS;
      this.#seq = head.seq;
    } catch {
      // What was acknowledged is in the log all the same: a mark that lags behind notices less, it claims nothing wrong.
    }
  }

  /** Whichever slot is older is written next. */
  #open(): number {
    const fd = openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const slot = Buffer.alloc(SLOT);
    readSync(fd, slot, 0, SLOT, 0);
    const first = parse(slot.toString('latin1').replaceAll('\0', ''));
    this.#slot = first?.seq === this.#seq ? 1 : 0;
    return fd;
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

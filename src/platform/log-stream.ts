import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Placement, parsePosition, placeLog, positionText } from './log-position.js';

/** A file that was rotated out of a log. Its name says which bytes of the stream it holds. */
export interface LogArchive {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly compressed: boolean;
}

/** The log file itself, as it is now. */
export interface LiveLog extends Placement {
  readonly inode: number;
  readonly bornAt: number;
  /** When it was last written to, epoch ms. */
  readonly writtenAt: number;
}

const ARCHIVE = /^(.+)\.(\d{12,})-(\d{12,})(\.gz)?$/;
/** Looks at a log that a rotation changes under our eyes, each some ms after the one before. */
const MAX_LOOKS = 50;
const LOOK_PAUSE_MS = 5;

const pause = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** What a folder holds: its names, and by the path of a log what was rotated out of it, the oldest first. */
export interface LogFolder {
  readonly names: ReadonlySet<string>;
  readonly archives: ReadonlyMap<string, readonly LogArchive[]>;
}

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** A folder that cannot be read is empty. */
export const readLogFolder = (folder: string): LogFolder => {
  const names = namesIn(folder);
  const byLog = new Map<string, Map<number, LogArchive>>();
  for (const file of names) {
    const [, log, begin, end, suffix] = ARCHIVE.exec(file) ?? [];
    if (log === undefined) continue;
    const path = join(folder, log);
    const found = byLog.get(path) ?? new Map<number, LogArchive>();
    byLog.set(path, found);
    const from = Number(begin);
    const compressed = suffix !== undefined;
    // While one is being compressed there are two of the same bytes.
    if (compressed && found.has(from)) continue;
    found.set(from, { path: join(folder, file), from, to: Number(end), compressed });
  }
  const inOrder = (found: ReadonlyMap<number, LogArchive>): LogArchive[] =>
    [...found.values()].sort((a, b) => a.from - b.from);
  const archives = new Map([...byLog].map(([log, found]) => [log, inOrder(found)]));
  return { names: new Set(names), archives };
};

/** The files that were rotated out of one log, the oldest first. */
export const archivesOf = (log: string): readonly LogArchive[] =>
  readLogFolder(dirname(log)).archives.get(normalize(log)) ?? [];

const readFully = (fd: number, offset: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let used = 0;
  while (used < length) {
    const read = readSync(fd, bytes, used, length - used, offset + used);
    if (read === 0) break;
    used += read;
  }
  return bytes.subarray(0, used);
};

/**
 * All that is kept of one log, as one stream: byte n is the nth that was ever written to it, wherever rotations
 * have put it. Reads while programs write and rotators move.
 */
export class LogStream {
  readonly path: string;
  #archives: { readonly position: string; readonly list: readonly LogArchive[] } | null = null;
  #unpacked: { readonly path: string; readonly bytes: Buffer } | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** The log file as it is now; null when there is none. */
  live(): LiveLog | null {
    return this.#open((_, live) => live);
  }

  archives(): readonly LogArchive[] {
    const position = positionText(this.path);
    if (this.#archives?.position !== position)
      this.#archives = { position, list: archivesOf(this.path) };
    return this.#archives.list;
  }

  /** Which bytes of the stream are kept. */
  bounds(): { readonly from: number; readonly to: number } {
    const [oldest] = this.archives();
    const live = this.live();
    const to = live?.to ?? this.archives().at(-1)?.to ?? 0;
    return { from: Math.min(oldest?.from ?? to, live?.from ?? to), to };
  }

  /**
   * Bytes of the stream from a place on: at least one where there are any, at most `length`. `from` is later than
   * asked for when what lies between is not kept.
   */
  read(from: number, length: number): { readonly from: number; readonly bytes: Buffer } {
    for (let look = 1; ; look += 1) {
      const before = positionText(this.path);
      try {
        const found = this.#read(from, length);
        const settled = before === positionText(this.path) && !this.#isHole(found.bytes, before);
        if (settled || look === MAX_LOOKS) return found;
      } catch (error) {
        if (!isMissing(error) || look === MAX_LOOKS) throw error;
      }
      this.#archives = null;
      pause(LOOK_PAUSE_MS);
    }
  }

  /** Zeros in the middle of a rotation may be the place of what is being moved. */
  #isHole(bytes: Buffer, position: string): boolean {
    return (
      parsePosition(position).moving > 0 && bytes.length > 0 && bytes.every((byte) => byte === 0)
    );
  }

  #read(from: number, length: number): { from: number; bytes: Buffer } {
    const archive = this.archives().find(({ to }) => to > from);
    const found = this.#open((fd, live) => {
      if (archive && archive.from < live.from) return null;
      const start = Math.max(from, live.from);
      const size = Math.max(0, Math.min(length, live.to - start));
      return { from: start, bytes: readFully(fd, live.offset + start - live.from, size) };
    });
    if (found) return found;
    if (!archive) return { from, bytes: Buffer.alloc(0) };
    return this.#readArchive(archive, Math.max(from, archive.from), length);
  }

  #readArchive(archive: LogArchive, start: number, length: number) {
    const { path, from, to } = archive;
    const size = Math.min(length, to - start);
    if (archive.compressed) {
      if (this.#unpacked?.path !== path)
        this.#unpacked = { path, bytes: gunzipSync(readFileSync(path)) };
      return {
        from: start,
        bytes: this.#unpacked.bytes.subarray(start - from, start - from + size),
      };
    }
    const fd = openSync(path, 'r');
    try {
      return { from: start, bytes: readFully(fd, start - from, size) };
    } finally {
      closeSync(fd);
    }
  }

  #open<T>(look: (fd: number, live: LiveLog) => T | null): T | null {
    let fd: number;
    try {
      fd = openSync(this.path, 'r');
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    try {
      const stats = fstatSync(fd);
      const place = placeLog(fd, stats, parsePosition(positionText(this.path)));
      const { ino, birthtimeMs, mtimeMs } = stats;
      return look(fd, { ...place, inode: ino, bornAt: birthtimeMs, writtenAt: mtimeMs });
    } finally {
      closeSync(fd);
    }
  }

  /**
   * When the bytes at some places were written, as far as files tell: the last ones of each file. Between two of
   * these a time can only be guessed. Epoch ms, in order of place.
   */
  anchors(): readonly { readonly position: number; readonly at: number }[] {
    const archives = this.archives();
    const live = this.live();
    const first = archives[0] ? statSync(archives[0].path, { throwIfNoEntry: false }) : undefined;
    const bornAt = first ? Math.min(first.birthtimeMs, first.mtimeMs) : (live?.bornAt ?? 0);
    const begin = { position: this.bounds().from, at: bornAt };
    const ends = archives.flatMap(({ path, to }) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats ? [{ position: to, at: stats.mtimeMs }] : [];
    });
    const end = live ? [{ position: live.to, at: live.writtenAt }] : [];
    return [begin, ...ends, ...end];
  }
}

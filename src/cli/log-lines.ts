import type { LogStream } from '../platform/log-stream.js';

/** A line of a log, as the bytes that it is, without its newline. */
export interface LogLine {
  /** Place of its first byte in the stream. */
  readonly position: number;
  readonly bytes: Buffer;
  /** False for the beginning of a line that is not finished, or that is too long to be held at once. */
  readonly ended: boolean;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

const NEWLINE = 10;
const BLOCK_BYTES = 256 * 1024;
/** A line longer than this comes in pieces. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Cuts a stream of bytes into lines; the beginning of a line waits for its end. */
export class LineCutter {
  #pieces: Buffer[] = [];
  #held = 0;
  /** Place of the byte after the last one that was taken. */
  position: number;

  constructor(position: number) {
    this.position = position;
  }

  /** Lines that these bytes complete. Bytes that do not follow the last ones begin a line. */
  *take(from: number, bytes: Buffer): Generator<LogLine> {
    if (from !== this.position) yield* this.flush();
    this.position = from;
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.#pieces.push(bytes.subarray(start, end));
      this.#held += end - start;
      this.position = from + end;
      yield this.#line(true);
      start = end + 1;
    }
    if (start < bytes.length) {
      this.#pieces.push(bytes.subarray(start));
      this.#held += bytes.length - start;
    }
    this.position = from + bytes.length;
    if (this.#held > MAX_LINE_BYTES) yield this.#line(false);
  }

  /** What was begun and has no end. */
  *flush(): Generator<LogLine> {
    if (this.#held > 0) yield this.#line(false);
  }

  #line(ended: boolean): LogLine {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#held = 0;
    return { position: this.position - bytes.length, bytes, ended };
  }
}

/** The lines of a part of a log, in order. The last one may have no end. */
export function* readLines(stream: LogStream, { from, to }: Range): Generator<LogLine> {
  const cutter = new LineCutter(from);
  for (let at = from; at < to; ) {
    const { from: start, bytes } = stream.read(at, Math.min(BLOCK_BYTES, to - at));
    const inside = bytes.subarray(0, Math.max(0, to - start));
    if (inside.length === 0) break;
    yield* cutter.take(start, inside);
    at = start + inside.length;
  }
  yield* cutter.flush();
}

/** Places of the newlines in a part of a log, the last one first. */
function* newlinesBackwards(stream: LogStream, { from, to }: Range): Generator<number> {
  for (let end = to; end > from; ) {
    const start = Math.max(from, end - BLOCK_BYTES);
    const { from: found, bytes } = stream.read(start, end - start);
    for (let i = Math.min(bytes.length, end - found) - 1; i >= 0; i -= 1)
      if (bytes[i] === NEWLINE) yield found + i;
    end = start;
  }
}

/** Where the last lines of a part of a log begin. */
export const startOfLast = (stream: LogStream, range: Range, count: number): number => {
  if (count === 0) return range.to;
  let lines = 0;
  for (const newline of newlinesBackwards(stream, range)) {
    // The newline at the very end closes the last line.
    if (newline === range.to - 1) continue;
    lines += 1;
    if (lines === count) return newline + 1;
  }
  return range.from;
};

/** Where the finished lines of a part of a log end. */
export const endOfFinished = (stream: LogStream, range: Range): number => {
  for (const newline of newlinesBackwards(stream, range)) return newline + 1;
  return range.from;
};

/** The last lines of a part of a log. */
export const lastLines = (stream: LogStream, range: Range, count: number): LogLine[] => [
  ...readLines(stream, { from: startOfLast(stream, range, count), to: range.to }),
];

import { readFileSync, readSync, type Stats } from 'node:fs';

/**
 * `FILE.pos`: where a log begins in the stream of all bytes ever written to it, and how far a rotation has
 * come. Written by the rotator; launcher/log-position.h has the rules.
 */
export interface LogPosition {
  readonly base: number;
  readonly from: number;
  readonly moved: number;
  readonly moving: number;
}

const NOWHERE: LogPosition = { base: 0, from: 0, moved: 0, moving: 0 };
const ZEROS_BYTES = 4096;

/** The text of a log's position file; empty when there is none. */
export const positionText = (log: string): string => {
  try {
    return readFileSync(`${log}.pos`, 'latin1');
  } catch {
    return '';
  }
};

export const parsePosition = (text: string): LogPosition => {
  const match = /^(\d{20}) (\d{20}) (\d{20}) (\d{20})\n$/.exec(text);
  if (!match) return NOWHERE;
  const [base, from, moved, moving] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { base, from, moved, moving };
};

/** Which bytes of the stream a log file holds: byte `offset` of the file is byte `from` of the stream. */
export interface Placement {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/** A head that was taken out reads as zeros until its place is closed. */
const isHollow = (fd: number, moved: number): boolean => {
  const head = Buffer.alloc(Math.min(moved, ZEROS_BYTES));
  const read = readSync(fd, head, 0, head.length, 0);
  return read > 0 && head.subarray(0, read).every((byte) => byte === 0);
};

/** Where an open log file lies in its stream, also in the middle of a rotation. */
export const placeLog = (fd: number, { size }: Stats, position: LogPosition): Placement => {
  const { base, moved, moving } = position;
  if (moved > 0) {
    const offset = isHollow(fd, moved) ? Math.min(moved, size) : 0;
    return { from: base + moved, to: base + moved + size - offset, offset };
  }
  // A log that is rotated by renaming it: it was, if it is shorter than what was to be moved.
  const from = moving > size ? base + moving : base;
  return { from, to: from + size, offset: 0 };
};

import { crc32c } from './crc32c.js';

// The format of LevelDB's write-ahead files: doc/log_format.md of its sources.
const BLOCK = 32_768;
const HEADER = 7;
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4];

/** LevelDB stores a checksum rotated and offset, so that it may be guarded by a checksum itself. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

export interface WholeRecords {
  /** How many bytes the whole records take from the beginning. */
  readonly end: number;
  /** What comes then: nothing, a record that was not written to its end, or something that is no record. */
  readonly rest: 'nothing' | 'cut' | 'damage';
}

/** Reads a write-ahead file up to its first record that is not whole. */
export const wholeRecords = (bytes: Uint8Array): WholeRecords => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  let isInside = false;
  for (let at = 0; at < bytes.length; ) {
    const room = BLOCK - (at % BLOCK);
    if (room < HEADER) {
      at += room;
      if (!isInside) end = Math.min(at, bytes.length);
      continue;
    }
    const next = at + HEADER;
    if (next > bytes.length) return { end, rest: 'cut' };
    const type = bytes[at + 6]!;
    const length = view.getUint16(at + 4, true);
    if (HEADER + length > room) return { end, rest: 'damage' };
    if (next + length > bytes.length) return { end, rest: 'cut' };
    if (masked(crc32c(bytes.subarray(at + 6, next + length))) !== view.getUint32(at, true))
      return { end, rest: 'damage' };
    const opens = type === FULL || type === FIRST;
    const continues = type === MIDDLE || type === LAST;
    if (isInside ? !continues : !opens) return { end, rest: 'damage' };
    at = next + length;
    isInside = type === FIRST || type === MIDDLE;
    if (!isInside) end = at;
  }
  return { end, rest: isInside ? 'cut' : 'nothing' };
};

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const BLOCK_BYTES = 64 * 1024;

/** The last lines of a file, read from its end; none when there is no such file. */
export const lastLines = (path: string, count: number): string[] => {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    let position = fstatSync(fd).size;
    let tail = Buffer.alloc(0);
    let newlines = 0;
    while (position > 0 && newlines <= count) {
      const size = Math.min(BLOCK_BYTES, position);
      position -= size;
      const block = Buffer.alloc(size);
      readSync(fd, block, 0, size, position);
      for (const byte of block) if (byte === 10) newlines += 1;
      tail = Buffer.concat([block, tail]);
    }
    const lines = tail.toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    return count === 0 ? [] : lines.slice(-count);
  } finally {
    closeSync(fd);
  }
};

/** What a file has beyond a position, and the position after it. A file that became shorter begins anew. */
export const readFrom = (path: string, position: number): { text: string; position: number } => {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return { text: '', position: 0 };
  }
  try {
    const { size } = fstatSync(fd);
    const from = size < position ? 0 : position;
    const block = Buffer.alloc(Math.min(size - from, 1 << 20));
    const read = readSync(fd, block, 0, block.length, from);
    return {
      text: block.subarray(0, read).toString('utf8'),
      position: from + read,
    };
  } finally {
    closeSync(fd);
  }
};

import { writeSync } from 'node:fs';

const STDOUT = 1;
const BATCH_BYTES = 64 * 1024;
const EAGAIN_PAUSE_MS = 1;

/** Nobody reads what we print any more. */
export class OutputClosed extends Error {}

/**
 * Standard output as bytes, in batches. Written by hand: a stream would hold what nobody reads, and would tell too
 * late that nobody does.
 */
export class Output {
  #batch: Buffer[] = [];
  #size = 0;

  write(...bytes: Buffer[]): void {
    this.#batch.push(...bytes);
    for (const { length } of bytes) this.#size += length;
    if (this.#size >= BATCH_BYTES) this.flush();
  }

  flush(): void {
    const all = Buffer.concat(this.#batch);
    this.#batch = [];
    this.#size = 0;
    for (let done = 0; done < all.length; ) {
      try {
        done += writeSync(STDOUT, all, done);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EPIPE') throw new OutputClosed();
        if (code !== 'EAGAIN') throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EAGAIN_PAUSE_MS);
      }
    }
  }
}

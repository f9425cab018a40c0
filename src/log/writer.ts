import type { Level } from 'level';
import { rootCause, writeFailure } from './errors.js';

export type Database = Level<string, string>;

export interface Put {
  readonly type: 'put';
  readonly key: string;
  readonly value: string;
}

export type Operation = Put | { readonly type: 'del'; readonly key: string };

/** Operations that are done all together or not at all. */
export interface Batch {
  /** The last one puts a value that was not there before: it tells whether the batch is in the database. */
  readonly operations: readonly Operation[];
  /** What takes them back. */
  readonly undo: readonly Operation[];
  /** Whether it must be on the disk before `write` resolves. */
  readonly durable: boolean;
}

/** One atomic batch, handed over piece by piece: as a list of objects it takes LevelDB's binding ten times as long. */
export const writeBatch = (
  db: Database,
  operations: readonly Operation[],
  sync: boolean,
): Promise<void> => {
  const batch = db.batch();
  for (const operation of operations) {
    if (operation.type === 'put') batch.put(operation.key, operation.value);
    else batch.del(operation.key);
  }
  return batch.write({ sync });
};

/**
 * Writes to a database, one batch at a time. LevelDB that failed to write may have written nothing, a part or all
 * of the batch, and must take no more until it is opened anew: a part that others are written behind would be
 * dropped at the next opening, and they with it.
 */
export class Writer {
  readonly #db: Database;
  #last: Promise<unknown> = Promise.resolve();
  /** The batch that failed, until it is known whether it is there. */
  #unsure: Batch | null = null;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Does something when everything that was asked for before is done. */
  inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => {});
    return done;
  }

  /** Only from within a turn. Rejects with LogError LOG_WRITE_FAILED; then nothing of the batch is there, or will be. */
  async write(batch: Batch): Promise<void> {
    await this.recover();
    try {
      await writeBatch(this.#db, batch.operations, batch.durable);
    } catch (error) {
      this.#unsure = batch;
      // Opening writes what was recovered to synced tables: what is there then is durable.
      const isThere = await this.#reopened().catch(() => false);
      if (!isThere) throw writeFailure(error);
      this.#unsure = null;
    }
  }

  /** After a failed write: opens the database anew, and takes out what was refused and is there all the same. */
  async recover(): Promise<void> {
    if (!this.#unsure) return;
    try {
      if (!(await this.#reopened())) return;
      await writeBatch(this.#db, this.#unsure.undo, true);
      this.#unsure = null;
    } catch (error) {
      // Not open is what `level` says of it; why it cannot be opened stands in the cause.
      throw writeFailure(rootCause(error));
    }
  }

  /** Whether the batch that failed is there. */
  async #reopened(): Promise<boolean> {
    await this.#db.close();
    await this.#db.open();
    const witness = this.#unsure?.operations.at(-1);
    if (witness?.type === 'put' && (await this.#db.get(witness.key)) === witness.value) return true;
    this.#unsure = null;
    return false;
  }
}

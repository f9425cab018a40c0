import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ATTIC, makeAttic, PLACES, putAway, removeFolder } from './attic.js';
import type { Sample } from './model.js';
import { livingOf, removeCgroups, sweep } from './processes.js';
import type { Row } from './row.js';

/** A row that takes twice as long as it should hangs. */
const LIMIT_TIMES = 2;
const LIMIT_LEAST_MINUTES = 3;

const placesIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith(PLACES));

/** What became of a row: its samples, and why there are no more of them when it failed. */
export interface Outcome {
  readonly samples: readonly Sample[];
  readonly failure: string | null;
}

type Word = { readonly sample: Sample } | { readonly reason: string } | { readonly done: true };

/**
 * Runs rows one after the other, each in a process and a folder of its own, so that one that fails, hangs or is
 * interrupted takes nothing else with it and leaves nothing behind once this is closed.
 */
export class RowProcess {
  readonly #attic = makeAttic();
  #child: ChildProcess | null = null;
  #folder: string | null = null;
  #isInterrupted = false;

  /** Resolves however the row ends. What it left behind is removed, and is a failure too. */
  async run(row: Row, quick: boolean): Promise<Outcome> {
    const folder = mkdtempSync(join(tmpdir(), PLACES));
    this.#folder = folder;
    const outcome = await this.#follow(row, quick, folder);
    const left = [
      ...livingOf(folder).map(({ pid, comm }) => `${comm} (${pid})`),
      ...placesIn(folder),
    ];
    await this.#end();
    if (outcome.failure !== null || left.length === 0) return outcome;
    return { ...outcome, failure: `it left behind ${left.join(', ')}` };
  }

  #follow(row: Row, quick: boolean, folder: string): Promise<Outcome> {
    const samples: Sample[] = [];
    const script = fileURLToPath(new URL('./run-row.ts', import.meta.url));
    const child = fork(script, [row.name, ...(quick ? ['quick'] : [])], {
      env: { ...process.env, TMPDIR: folder, [ATTIC]: this.#attic },
    });
    this.#child = child;
    const limitMinutes = Math.max(LIMIT_LEAST_MINUTES, LIMIT_TIMES * row.minutes);
    let failure: string | null = 'its process ended before it was through';
    const limit = setTimeout(() => {
      failure = `it was not through after ${limitMinutes} minutes`;
      child.kill('SIGKILL');
    }, limitMinutes * 60_000);
    child.on('message', (word: Word) => {
      if ('sample' in word) samples.push(word.sample);
      else failure = 'reason' in word ? word.reason : null;
    });
    return new Promise((resolve) => {
      child.on('close', () => {
        clearTimeout(limit);
        // Nobody waits for it any more, and nothing may begin after it.
        if (!this.#isInterrupted) resolve({ samples, failure });
      });
    });
  }

  /** Ends the row that runs, if one does, with all that it started; its run never resolves. */
  interrupt(): Promise<void> {
    this.#isInterrupted = true;
    return this.close();
  }

  /** Removes all that the rows wrote. */
  async close(): Promise<void> {
    await this.#end();
    removeFolder(this.#attic);
  }

  async #end(): Promise<void> {
    const folder = this.#folder;
    if (folder === null) return;
    this.#child?.kill('SIGKILL');
    await sweep(folder);
    for (const name of placesIn(folder)) removeCgroups(join(folder, name, 'home'));
    putAway(folder, this.#attic);
    this.#folder = null;
  }
}

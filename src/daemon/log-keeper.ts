import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { type SchedulerLike, type Subscription, timer } from 'rxjs';
import { type LogSettings, type LogUpkeep, planLogUpkeep } from '../domain/log-upkeep.js';
import { FolderWatch } from '../platform/folder-watch.js';
import { logSizes, takeLogInventory } from '../platform/log-inventory.js';
import { compressArchive, type Rotation } from '../platform/log-rotation.js';
import { retakeLog } from '../platform/retake-log.js';
import type { Journal } from './journal.js';

/** How often sizes are looked at: while nothing grows fast, and while something does. */
const CALM_MS = 10_000;
const BUSY_MS = 1000;
/** How often everything is looked at, for what only grows old. */
const FULL_LOOK_MS = 3_600_000;
/** A log that grew by this part of its limit since the last look grows fast. */
const FAST_SHARE = 1 / 4;

export interface LogKeeperDeps {
  /** The folder of the home's logs. */
  readonly folder: string;
  /** The logs that may be written to now; the same list for as long as nothing happened. */
  readonly active: () => readonly KeptLog[];
  /** What else is to be seen to as often as sizes are. */
  readonly beforeLook: () => void;
  /** A log is smaller than it was: it was rotated, emptied, or taken away. */
  readonly onShrunk: () => void;
  readonly settings: () => LogSettings;
  readonly rotation: Rotation;
  readonly journal: Journal;
  readonly scheduler: SchedulerLike;
}

/** A log that may be written to, and whether it is for us to rotate. */
export interface KeptLog {
  readonly path: string;
  readonly rotates: boolean;
}

const isForTotal = (upkeep: LogUpkeep): boolean =>
  upkeep.do === 'delete' && upkeep.because === 'total size';

/**
 * Keeps the logs of a home small. Looks at sizes only, and writes nothing while none is reached; one thing at a
 * time, so that no log is rotated and emptied at once.
 */
export class LogKeeper {
  readonly #deps: LogKeeperDeps;
  #sizes: ReadonlyMap<string, number> = new Map();
  /** What was looked at last, and who tells whether anything was written there since. */
  #logs: readonly KeptLog[] = [];
  #folders: ReadonlySet<string> = new Set();
  #watch: FolderWatch | null = null;
  /** Logs that are too large and could not be cut, with the size that they had then. */
  readonly #stuck = new Map<string, number>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #work: Promise<unknown> = Promise.resolve();
  #next: Subscription | null = null;
  #closed = false;

  constructor(deps: LogKeeperDeps) {
    this.#deps = deps;
  }

  /** Looks now, and from now on. */
  start(): void {
    void this.#enqueue(async () => {
      const fast = await this.#look();
      if (this.#closed) return;
      const delay = timer(fast ? BUSY_MS : CALM_MS, this.#deps.scheduler);
      this.#next = delay.subscribe(() => this.start());
    });
  }

  /** Empties these logs and forgets what was rotated out of them. */
  flush(logs: readonly string[]): Promise<void> {
    return this.#enqueue(async () => {
      for (const log of logs) await this.#deps.rotation.flush(log);
    });
  }

  /** Gives a renamed log its name back, see `retakeLog`. */
  retake(log: string, moved: string): Promise<boolean> {
    return this.#enqueue(() => retakeLog(log, moved, this.#deps.rotation));
  }

  close(): void {
    this.#closed = true;
    this.#next?.unsubscribe();
    this.#watch?.close();
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch((error) =>
      this.#deps.journal.error('logs are not looked after', { error }),
    );
    return done;
  }

  /** Does what is due; answers whether a log grows fast. */
  async #look(): Promise<boolean> {
    const { active, beforeLook, onShrunk, settings, scheduler } = this.#deps;
    beforeLook();
    const { maxSizeBytes, rotateAfterMs } = settings();
    const everyMs = Math.min(FULL_LOOK_MS, rotateAfterMs ?? FULL_LOOK_MS);
    const isDue = scheduler.now() - this.#lookedAt >= everyMs;
    const logs = active();
    // While nothing is written, as with most programs most of the time, no file is asked for its size.
    if (!isDue && logs === this.#logs && this.#watch?.isQuiet) return false;
    const sizes = this.#measure(logs);
    const growth = (path: string): number => sizes.get(path)! - (this.#sizes.get(path) ?? 0);
    const isFast = [...sizes.keys()].some((path) => growth(path) > maxSizeBytes * FAST_SHARE);
    // The reader has rotated it, or somebody has emptied it.
    const isRotated = [...sizes.keys()].some((path) => growth(path) < 0);
    this.#sizes = sizes;
    if (isRotated) onShrunk();
    const isOver = logs.some(({ path, rotates }) => {
      const size = sizes.get(path)!;
      return rotates && size >= maxSizeBytes && size !== this.#stuck.get(path);
    });
    if (isOver || isRotated || isDue) {
      this.#lookedAt = scheduler.now();
      await this.#keep();
    }
    return isFast;
  }

  /** The sizes of these logs. What is written from now on is noticed. */
  #measure(logs: readonly KeptLog[]): ReadonlyMap<string, number> {
    this.#logs = logs;
    const paths = logs.map(({ path }) => path);
    // Watched before they are measured, so that nothing is written between the two.
    this.#watchFolders(this.#folders);
    const { sizes, folders } = logSizes(paths);
    if ([...folders].every((folder) => this.#folders.has(folder))) return sizes;
    this.#watchFolders(folders);
    return logSizes(paths).sizes;
  }

  #watchFolders(folders: ReadonlySet<string>): void {
    this.#watch?.close();
    this.#folders = folders;
    this.#watch = new FolderWatch(folders);
  }

  async #keep(): Promise<void> {
    const due = this.#plan();
    const rotations = due.filter((upkeep) => upkeep.do === 'rotate');
    for (const { path, limitBytes } of rotations) await this.#rotate(path, limitBytes);
    // What was rotated just now is subject to the other rules too.
    const rest = rotations.length > 0 ? this.#plan() : due;
    const first = rest.filter((upkeep) => !isForTotal(upkeep));
    for (const upkeep of first) if (!this.#closed) await this.#tidy(upkeep);
    const isSmaller = first.some((upkeep) => upkeep.do === 'compress');
    const last = isSmaller ? this.#plan() : rest;
    for (const upkeep of last.filter(isForTotal)) if (!this.#closed) await this.#tidy(upkeep);
  }

  #plan(): readonly LogUpkeep[] {
    const { folder, active, settings, scheduler } = this.#deps;
    return planLogUpkeep(takeLogInventory(folder, active()), settings(), scheduler.now());
  }

  async #rotate(path: string, limitBytes: number): Promise<void> {
    const { rotation, journal } = this.#deps;
    const log = basename(path);
    try {
      let result = await rotation.rotate(path, limitBytes);
      while (result === 'no space' && this.#makeRoom())
        result = await rotation.rotate(path, limitBytes);
      if (result === 'no space') journal.error('a full disk: nothing is left to delete', { log });
      else if (result === 'done') journal.debug('log rotated', { log });
      this.#stuck.set(path, logSizes([path]).sizes.get(path)!);
    } catch (error) {
      journal.error('log not rotated', { log, error });
    }
  }

  /** On a full disk the oldest of what rests goes. Answers whether there was any. */
  #makeRoom(): boolean {
    const { folder, active, settings, scheduler } = this.#deps;
    const inventory = takeLogInventory(folder, active());
    const writable = inventory.active.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const resting = [...inventory.former, ...inventory.active.flatMap(({ archives }) => archives)];
    const total = resting.reduce((sum, { sizeBytes }) => sum + sizeBytes, writable) - 1;
    const rules = { ...settings(), totalSizeBytes: total };
    const oldest = planLogUpkeep(inventory, rules, scheduler.now()).find(
      (upkeep) => upkeep.do === 'delete',
    );
    if (oldest) this.#delete(oldest.path, 'a full disk');
    return oldest !== undefined;
  }

  async #tidy(upkeep: LogUpkeep): Promise<void> {
    switch (upkeep.do) {
      case 'rotate':
        return;
      case 'delete':
        this.#delete(upkeep.path, upkeep.because);
        return;
      case 'compress':
        await compressArchive(upkeep.path).catch((error) => {
          this.#deps.journal.warn('log not compressed', { log: basename(upkeep.path), error });
        });
    }
  }

  #delete(path: string, because: string): void {
    for (const file of [path, `${path}.pos`]) rmSync(file, { force: true });
    this.#deps.journal.info('old log deleted', { log: basename(path), because });
  }
}

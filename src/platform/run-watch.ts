import { readdirSync, statSync, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { processOfSpawnKey, type SpawnKey, spawnKey } from '../domain/ids.js';

const POLL_INTERVAL_MS = 250;

/**
 * So many notices in one turn that the kernel's queue (`fs.inotify.max_queued_events`, 16384 by default) may
 * have overflowed, of which Node does not tell: then every file counts as changed.
 */
const SUSPICIOUS_NOTICES = 4096;

export interface RunWatchListener {
  /**
   * The file of this run appeared, grew or was removed. All changes in one turn of the event loop make one
   * call. It may come without a change.
   */
  changed(key: SpawnKey): void;
  /** The kernel does not tell of changes, or no longer, for this reason: from now on they are polled. */
  degraded(reason: string): void;
}

const keysIn = (dir: string): readonly SpawnKey[] => {
  try {
    return readdirSync(dir)
      .filter((name) => processOfSpawnKey(name) !== null)
      .map(spawnKey);
  } catch {
    return [];
  }
};

/** What is in the folder: each key with a text that changes whenever its file grows. */
const versionsIn = (dir: string): Map<SpawnKey, string> => {
  const versions = new Map<SpawnKey, string>();
  for (const key of keysIn(dir)) {
    const stat = statSync(join(dir, key), { throwIfNoEntry: false });
    if (stat) versions.set(key, `${stat.size} ${stat.mtimeMs}`);
  }
  return versions;
};

const differing = (
  before: ReadonlyMap<SpawnKey, string>,
  after: ReadonlyMap<SpawnKey, string>,
): readonly SpawnKey[] => [
  ...[...after].filter(([key, version]) => before.get(key) !== version).map(([key]) => key),
  ...[...before.keys()].filter((key) => !after.has(key)),
];

/** Collects keys and hands each on once, at the end of this turn of the event loop. */
class Batch {
  private readonly keys = new Set<SpawnKey>();
  private timer: NodeJS.Immediate | null = null;
  private notices = 0;

  constructor(
    private readonly dir: string,
    private readonly handOn: (key: SpawnKey) => void,
  ) {}

  add(keys: readonly SpawnKey[]): void {
    this.notices += 1;
    for (const key of keys) this.keys.add(key);
    this.timer ??= setImmediate(() => this.flush());
  }

  close(): void {
    if (this.timer) clearImmediate(this.timer);
  }

  private flush(): void {
    const keys = new Set(this.keys);
    if (this.notices >= SUSPICIOUS_NOTICES) for (const key of keysIn(this.dir)) keys.add(key);
    this.keys.clear();
    this.notices = 0;
    this.timer = null;
    for (const key of keys) this.handOn(key);
  }
}

/**
 * Watches a folder of run files (inotify(7)). Where the kernel refuses (ENOSPC and EMFILE are its limits on
 * watches), where the folder is moved or removed, and where the watch breaks, it looks every 250 ms instead.
 * Files that are there already are not told: read the folder once, *after* calling this.
 */
export const watchRuns = (dir: string, listener: RunWatchListener): { close(): void } => {
  const batch = new Batch(dir, (key) => listener.changed(key));
  let stopWatching = (): void => {};

  const poll = (reason: string): void => {
    stopWatching();
    let known = versionsIn(dir);
    const timer = setInterval(() => {
      const current = versionsIn(dir);
      const keys = differing(known, current);
      known = current;
      if (keys.length > 0) batch.add(keys);
    }, POLL_INTERVAL_MS);
    stopWatching = () => clearInterval(timer);
    batch.add([...known.keys()]);
    listener.degraded(reason);
  };

  try {
    const watcher = watch(dir, (_type, name) => {
      if (name === basename(dir)) poll(`${dir} was moved or removed`);
      else if (name === null) batch.add(keysIn(dir));
      else if (processOfSpawnKey(name) !== null) batch.add([spawnKey(name)]);
    });
    watcher.on('error', (error) => poll(error.message));
    stopWatching = () => watcher.close();
  } catch (error) {
    poll(error instanceof Error ? error.message : String(error));
  }

  return {
    close: () => {
      stopWatching();
      batch.close();
    },
  };
};

import { readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { SpawnKey } from '../domain/ids.js';

const POLL_MS = 250;

export interface RunWatcher {
  /** `polling` where the kernel grants no notifications (inotify(7) limits). */
  readonly how: 'notified' | 'polling';
  close(): void;
}

const poll = (folder: string, changed: (key: SpawnKey) => void): RunWatcher => {
  const seen = new Map<string, number>();
  const look = (): void => {
    for (const name of readdirSync(folder)) {
      const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
      if (seen.get(name) !== size) changed(name as SpawnKey);
      seen.set(name, size);
    }
  };
  const timer = setInterval(look, POLL_MS);
  return { how: 'polling', close: () => clearInterval(timer) };
};

/** Calls back with a spawn key whenever its run file appears or grows. */
export const watchRunFiles = (folder: string, changed: (key: SpawnKey) => void): RunWatcher => {
  try {
    const watcher = watch(folder, (_, name) => {
      if (name !== null) changed(name as SpawnKey);
    });
    return { how: 'notified', close: () => watcher.close() };
  } catch {
    return poll(folder, changed);
  }
};

import { type FSWatcher, watch } from 'node:fs';

/** Tells whether anything was written, made, moved or removed in some folders since it was made (inotify(7)). */
export class FolderWatch {
  #watchers: FSWatcher[] = [];
  #isQuiet = true;

  constructor(folders: Iterable<string>) {
    const noticed = (): void => {
      this.#isQuiet = false;
      // One notice is enough: whoever writes a lot shall not keep us busy.
      this.close();
    };
    try {
      for (const folder of folders)
        this.#watchers.push(watch(folder, { persistent: false }, noticed).on('error', noticed));
    } catch {
      // A folder that is not there yet, or no watch left to be had: nobody would tell.
      noticed();
    }
  }

  /** False too where the kernel cannot tell. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}

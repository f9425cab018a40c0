import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** `sun_path` has room for 108 bytes, the ending NUL included (unix(7)). */
const LIMIT_BYTES = 107;

/** A path fit for `listen` and `connect`. */
export interface SocketPath {
  readonly path: string;
  /**
   * Lets go of the folder that a shortened path goes through. Call it once the client is connected, or after
   * the server is closed: closing a server removes the socket by this path. May be called twice.
   */
  release(): void;
}

/**
 * The same socket under a name that fits: a longer path goes through its opened folder,
 * `/proc/self/fd/<n>/opm.sock`, which works for binding and connecting alike.
 *
 * @throws ENOENT, EACCES … of open(2) when the folder of a long path cannot be opened.
 */
export const socketPath = (absolute: string): SocketPath => {
  if (Buffer.byteLength(absolute) <= LIMIT_BYTES) return { path: absolute, release: () => {} };
  let folder: number | null = openSync(
    dirname(absolute),
    constants.O_RDONLY | constants.O_DIRECTORY,
  );
  return {
    path: join('/proc/self/fd', String(folder), basename(absolute)),
    release: () => {
      if (folder !== null) closeSync(folder);
      folder = null;
    },
  };
};

import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** `sun_path` is 108 bytes on Linux and 104 on macOS, the ending NUL included (unix(7), unix(4)). */
const LIMIT_BYTES = process.platform === 'linux' ? 107 : 103;

/** A path fit for `listen` and `connect`. */
export interface SocketPath {
  readonly path: string;
  /**
   * Lets go of the folder that a shortened path goes through. Call it once the client is connected, or after
   * the server is closed: closing a server removes the socket by this path. May be called twice.
   */
  release(): void;
}

/** The path of a socket is too long, and this system knows no way to shorten it. */
export class SocketPathError extends Error {
  override readonly name = 'SocketPathError';
  readonly code = 'SOCKET_PATH_TOO_LONG';
  readonly hint = 'Set OPM_HOME to a shorter path.';
}

/**
 * The same socket under a name that fits: a longer path goes through its opened folder,
 * `/proc/self/fd/<n>/opm.sock`, which works for binding and connecting alike.
 *
 * @throws SocketPathError SOCKET_PATH_TOO_LONG where there is no /proc; ENOENT, EACCES … of open(2) when the
 *   folder of a long path cannot be opened.
 */
export const socketPath = (absolute: string): SocketPath => {
  const bytes = Buffer.byteLength(absolute);
  if (bytes <= LIMIT_BYTES) return { path: absolute, release: () => {} };
  if (process.platform !== 'linux')
    throw new SocketPathError(
      `${absolute} has ${bytes} bytes; the path of a socket may have ${LIMIT_BYTES}`,
    );
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

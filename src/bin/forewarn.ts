import { connect } from 'node:net';
import { homePaths, resolveHome } from '../platform/paths.js';
import { socketPath } from '../platform/socket-path.js';

/** Commands that bring definitions. */
const BRINGERS: readonly string[] = ['start', 'apply'];

/**
 * Asks a daemon what it takes, which it answers by loading what checks definitions: it does so while we load what
 * reads them, instead of afterwards. Resolves when the question is on its way. The answer is of no interest, nor whether
 * anybody is there.
 */
export const forewarn = async ([verb = '', ...words]: readonly string[]): Promise<void> => {
  const elsewhere = words.some((word) => word.startsWith('--home'));
  if (!BRINGERS.includes(verb) || elsewhere) return;
  try {
    const { path, release } = socketPath(homePaths(resolveHome(process.env)).socket);
    await new Promise<void>((resolve) => {
      const socket = connect(path, () => {
        socket.end('OPTIONS /v1/apps HTTP/1.0\r\n\r\n');
        socket.resume().unref();
        resolve();
      });
      socket.on('error', () => resolve());
    });
    release();
  } catch {
    // The command tells what is wrong with the home.
  }
};

import { resolveHome } from '../platform/paths.js';
import { runDaemon } from './main.js';

/** The daemon alone, without the command line's libraries: what the client launches in the background. */
const readyFd = 3;
try {
  await runDaemon({ home: resolveHome(process.env), restore: false, readyFd });
} catch (error) {
  console.error(error);
  process.exit(1);
}

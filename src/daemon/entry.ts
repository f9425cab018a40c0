import { resolveHome } from '../platform/paths.js';
import { runDaemon } from './main.js';

/** The daemon alone, without the command line's libraries: what the client launches in the background. */
const readyFd = 3;
try {
  const home = resolveHome(process.env);
  await runDaemon({ home, restore: false, withPrograms: false, readyFd });
} catch (error) {
  console.error(error);
  process.exit(1);
}

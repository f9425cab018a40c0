import { join } from 'node:path';
import { loadBundle } from '../platform/load-bundle.js';
import { fromSource, packageRoot } from '../platform/package-root.js';
import { resolveHome } from '../platform/paths.js';

type Main = typeof import('./main.js');

/** The daemon alone, without the command line's libraries: what the client launches in the background. */
const serve = async (): Promise<void> => {
  const { runDaemon } = fromSource
    ? await import('./main.js')
    : (loadBundle(join(packageRoot, 'dist/daemon/main.cjs')) as Main);
  const home = resolveHome(process.env);
  await runDaemon({ home, restore: false, withPrograms: false, readyFd: 3 });
};

serve().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

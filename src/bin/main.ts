import { join } from 'node:path';
import { loadBundle } from '../platform/load-bundle.js';
import { fromSource, packageRoot } from '../platform/package-root.js';
import { platformProblem } from '../platform/support.js';
import { isPlainList, quickList } from './quick-list.js';

/** Runs one command line. `root` is the path of the package's own `package.json`. */
export const main = async (argv: string[], root: string): Promise<void> => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read us has read enough.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const problem = platformProblem();
  if (problem) {
    console.error(problem);
    process.exit(2);
  }
  // Commands look at a failpoint; the quick list does not.
  const isQuick = isPlainList(argv) && process.env.OPM_FAILPOINT === undefined;
  if (isQuick && (await quickList(argv))) return;
  const { runCommand } = fromSource
    ? await import('./run-command.js')
    : (loadBundle(
        join(packageRoot, 'dist/bin/run-command.cjs'),
      ) as typeof import('./run-command.js'));
  await runCommand(argv, root);
};

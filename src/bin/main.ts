import { userInfo } from 'node:os';
import { join } from 'node:path';
import { loadBundle } from '../platform/load-bundle.js';
import { fromSource, packageRoot } from '../platform/package-root.js';
import { platformProblem } from '../platform/support.js';
import { forewarn } from './forewarn.js';
import { isPlainList, quickList } from './quick-list.js';

/** Not every user has an entry in passwd(5), and libraries ask for a home as soon as they are loaded. */
const homeOfUser = (): string => {
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
};

/** Runs one command line. `root` is the path of the package's own `package.json`. */
export const main = async (argv: string[], root: string): Promise<void> => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read us has read enough.
    if (error.code === 'EPIPE') process.exit(0);
    console.error(`opm: the output cannot be written: ${error.message} [${error.code}]`);
    process.exit(1);
  });
  process.env.HOME ||= homeOfUser();
  const problem = platformProblem();
  if (problem) {
    console.error(problem);
    process.exit(2);
  }
  // Commands look at a failpoint; the quick list does not.
  const isQuick = isPlainList(argv) && process.env.OPM_FAILPOINT === undefined;
  if (isQuick && (await quickList(argv))) return;
  await forewarn(argv);
  const { runCommand } = fromSource
    ? await import('./run-command.js')
    : (loadBundle(
        join(packageRoot, 'dist/bin/run-command.cjs'),
      ) as typeof import('./run-command.js'));
  await runCommand(argv, root);
};

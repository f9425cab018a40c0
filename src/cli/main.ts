import { flush } from '@oclif/core/flush';
import { handle } from '@oclif/core/handle';
import { run } from '@oclif/core/run';
import { platformProblem } from '../platform/support.js';

/** Runs one command line. `root` is the URL of a file of the package. */
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
  try {
    await run(argv, root);
    await flush();
  } catch (error) {
    const unknown = /^command (.+) not found$/.exec((error as Error).message)?.[1];
    if (unknown === undefined) return handle(error as Error);
    const { reportUnknownCommand } = await import('./unknown-command.js');
    reportUnknownCommand(unknown.replaceAll(':', ' '), argv.includes('--json'));
  }
};

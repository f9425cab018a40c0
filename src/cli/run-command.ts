import { flush } from '@oclif/core/flush';
import { handle } from '@oclif/core/handle';
import { run } from '@oclif/core/run';

/** Finds the command that a command line names, and runs it. */
export const runCommand = async (argv: string[], root: string): Promise<void> => {
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

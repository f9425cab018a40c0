import { createInterface } from 'node:readline/promises';
import { ClientError } from '../client/client-error.js';

/**
 * Asks on the terminal; true for yes.
 *
 * @throws ClientError NEEDS_YES where nobody can answer.
 */
export const confirm = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new ClientError(
      'NEEDS_YES',
      'nobody is there to say yes',
      'look at the plan with --dry-run, carry it out with --yes',
    );
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await line.question(`${question} [y/N] `)).trim());
  } finally {
    line.close();
  }
};

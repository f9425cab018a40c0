import { writeFileSync } from 'node:fs';
import { ClientError } from '../client/client-error.js';

/** Writes a text file that somebody asked for. Throws ClientError NOT_WRITABLE. */
export const writeText = (file: string, text: string): void => {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (error) {
    const { message } = error as Error;
    throw new ClientError(
      'NOT_WRITABLE',
      `${file} cannot be written: ${message}`,
      'name another file',
    );
  }
};

import type { App } from '../domain/app.js';
import type { ProcessId } from '../domain/ids.js';
import { masker } from '../domain/masking.js';
import type { Os } from '../platform/os.js';
import { programEnv } from './program-env.js';

const LINES = 10;
const READ_BYTES = 8192;
const LINE_LENGTH = 400;

/** The last lines of a log, each cut to a length that is fit for the log of events; none where it is empty. */
const lastLines = (os: Os, path: string): readonly string[] => {
  const log = os.openLog(path);
  const { to } = log.bounds();
  const { bytes } = log.read(Math.max(0, to - READ_BYTES), READ_BYTES);
  const lines = bytes.toString('utf8').split('\n');
  // The first one may lack its beginning, and what follows the last line feed is no line.
  if (to > READ_BYTES) lines.shift();
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-LINES);
};

/**
 * What a program wrote to its error output last, with secrets masked. None when that cannot be
 * read now: better no words than a secret.
 */
export const lastWords = (
  os: Os,
  app: App,
  { process, instance }: { readonly process: ProcessId; readonly instance: number },
  path: string,
): readonly string[] => {
  try {
    const env = programEnv(app, { id: process, instance }, os.environment);
    const mask = masker([{ ...app, env: { ...app.env, values: env } }]);
    return lastLines(os, path).map((line) => mask(line).slice(0, LINE_LENGTH));
  } catch {
    return [];
  }
};

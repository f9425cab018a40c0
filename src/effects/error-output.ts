import type { App } from '../domain/app.js';
import type { ProcessId, SpawnKey } from '../domain/ids.js';
import { masker } from '../domain/masking.js';
import type { Os } from '../platform/os.js';
import { programEnv } from './program-env.js';

const LINES = 10;
const READ_BYTES = 8192;
const LINE_LENGTH = 400;

/** The last lines that a run wrote to its error log; none where nobody wrote down where its output begins. */
const lastLines = (
  os: Os,
  spawnKey: SpawnKey,
  path: string,
  mask: (text: string) => string,
): readonly string[] => {
  const run = os.readRun(spawnKey);
  if (!run?.outputFrom) return [];
  const log = os.openLog(path);
  const to = Math.min(log.bounds().to, run.outputTo?.error ?? Number.POSITIVE_INFINITY);
  const from = Math.max(run.outputFrom.error, to - READ_BYTES);
  if (to <= from) return [];
  // Masked as a whole: of a secret of several lines, or of half of one, a line alone shows nothing.
  const lines = mask(log.read(from, to - from).bytes.toString('utf8')).split('\n');
  // The first one may lack its beginning, and what follows the last line feed is no line.
  if (from > run.outputFrom.error) lines.shift();
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-LINES);
};

/**
 * What a run wrote to its error output last, with secrets masked, each line cut to a length that is fit for the log of
 * events. None when the secrets of its environment cannot be read now: better no words than a secret.
 */
export const lastWords = (
  os: Os,
  app: App,
  run: {
    readonly process: ProcessId;
    readonly instance: number;
    readonly spawnKey: SpawnKey;
  },
  path: string,
): readonly string[] => {
  try {
    const { process: id, instance, spawnKey } = run;
    const values = programEnv(app, { id, instance }, os.environment);
    const mask = masker([{ ...app, env: { ...app.env, values } }]);
    return lastLines(os, spawnKey, path, mask).map((line) => line.slice(0, LINE_LENGTH));
  } catch {
    return [];
  }
};

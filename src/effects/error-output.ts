import type { Os } from '../platform/os.js';

const LINES = 10;
const READ_BYTES = 8192;
const LINE_LENGTH = 400;

/** The last lines of a log, each cut to a length that is fit for the log of events; none where it is empty. */
export const lastLines = (os: Os, path: string): readonly string[] => {
  const log = os.openLog(path);
  const { to } = log.bounds();
  const { bytes } = log.read(Math.max(0, to - READ_BYTES), READ_BYTES);
  const lines = bytes.toString('utf8').split('\n');
  // The first one may lack its beginning, and what follows the last line feed is no line.
  if (to > READ_BYTES) lines.shift();
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-LINES).map((line) => line.slice(0, LINE_LENGTH));
};

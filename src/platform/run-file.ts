import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { ExitRecord, OsProcess } from '../domain/event.js';
import { signalName } from './signals.js';

/** What a launcher wrote about its run; null for what is not written yet. Times in epoch ms. */
export interface RunFile {
  /** A daemon was first: no launcher can claim this key any more. */
  readonly fenced: boolean;
  readonly claim: { readonly launcher: OsProcess; readonly at: number } | null;
  readonly start: { readonly program: OsProcess; readonly at: number } | null;
  readonly fail: { readonly stage: string; readonly error: string; readonly at: number } | null;
  readonly exit: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly coreDumped: boolean;
    readonly at: number;
  } | null;
  readonly empty: {
    readonly at: number;
    readonly userMs: number;
    readonly systemMs: number;
    readonly maxRssBytes: number;
    readonly oomKills: number;
  } | null;
}

const NOTHING: RunFile = {
  fenced: false,
  claim: null,
  start: null,
  fail: null,
  exit: null,
  empty: null,
};

const readLine = (file: RunFile, line: string): RunFile => {
  const [kind, ...words] = line.split(' ');
  const n = (index: number): number => Number(words[index]);
  switch (kind) {
    case 'fence':
      return { ...file, fenced: true };
    case 'claim':
      return { ...file, claim: { launcher: { pid: n(0), startTicks: n(1) }, at: n(2) } };
    case 'start':
      return { ...file, start: { program: { pid: n(0), startTicks: n(1) }, at: n(2) } };
    case 'fail':
      return { ...file, fail: { stage: words[0] ?? '', error: words[2] ?? '', at: n(3) } };
    case 'exit': {
      const signalled = words[0] === 'signal';
      const exit = signalled
        ? { code: null, signal: signalName(n(1)), coreDumped: n(2) === 1, at: n(3) }
        : { code: n(1), signal: null, coreDumped: false, at: n(2) };
      return { ...file, exit };
    }
    case 'empty': {
      const [at, userMs, systemMs, oomKills] = [n(0), n(1), n(2), n(4)];
      return { ...file, empty: { at, userMs, systemMs, maxRssBytes: n(3) * 1024, oomKills } };
    }
    default:
      return file;
  }
};

/** Reads the text of a run file. An unfinished last line and lines of an unknown kind are left out. */
export const parseRunFile = (text: string): RunFile =>
  text.split('\n').slice(0, -1).reduce(readLine, NOTHING);

/** Reads a run file, or answers null when there is none: its key is not claimed. */
export const readRunFile = (path: string): RunFile | null => {
  try {
    return parseRunFile(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

/** The record of a run that is over, or null while it is not or when its program never ran. */
export const exitRecordOf = ({ exit, empty }: RunFile): ExitRecord | null => {
  if (!exit || !empty) return null;
  const { code, signal, coreDumped, at: exitedAt } = exit;
  const { at: closedAt, ...used } = empty;
  return { code, signal, coreDumped, exitedAt, closedAt, ...used };
};

/**
 * Claims a key in the place of a launcher, so that none ever runs its program: true when it was free,
 * false when somebody has claimed it. The kernel decides (O_EXCL, open(2)).
 */
export const createFence = (path: string, pid: number, now: number): boolean => {
  try {
    const fd = openSync(path, 'wx', 0o600);
    writeSync(fd, `fence ${pid} ${now}\n`);
    closeSync(fd);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

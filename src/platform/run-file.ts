import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { ExitRecord, ExitStatus, LogPositions, OsProcess } from '../domain/os-process.js';
import { signalName } from './signals.js';

/**
 * What is known of one run: the file that its launcher creates with O_EXCL and appends to, a line for each
 * fact. Times are epoch ms. When every field is null, somebody has created the file and not yet written to it,
 * or never will: its key is taken all the same.
 *
 *     fence <pid> <ms>                              a daemon was first: no launcher can ever claim this key
 *     claim <launcher pid> <start ticks> <ms>
 *     output from <out> <error>                     bytes ever written to its logs before it began; -1 unknown
 *     child <program pid> <start ticks> <ms>        it is about to be executed, or has been
 *     start <program pid> <start ticks> <ms>        it has been executed
 *     ready <ms>                                    the program said so to its launcher
 *     fail <stage> <errno> <NAME> <ms>              nothing ran
 *     exit code <n> <ms>   |   exit signal <n> <core: 0 or 1> <ms>
 *     output to <out> <error>                       … and when nothing of it was left
 *     empty <ms> <user ms> <system ms> <max rss kB> <oom kills>      nothing of the tree is left
 */
export interface RunFile {
  readonly fence: { readonly pid: number; readonly at: number } | null;
  readonly claim: { readonly launcher: OsProcess; readonly at: number } | null;
  /** Who was about to become the program; the shell's launcher writes `start` at that moment. */
  readonly child: { readonly program: OsProcess; readonly at: number } | null;
  readonly start: { readonly program: OsProcess; readonly at: number } | null;
  readonly ready: { readonly at: number } | null;
  readonly fail: RunFailure | null;
  readonly exit: RunExit | null;
  readonly empty: RunEnd | null;
  /** Where its output begins and ends in the streams of its logs. */
  readonly outputFrom: LogPositions | null;
  readonly outputTo: LogPositions | null;
}

/** Why the program could not be executed. */
export interface RunFailure {
  /** The step that failed: `chdir`, `exec` … */
  readonly stage: string;
  readonly errno: number;
  /** `ENOENT`, `EACCES` … */
  readonly error: string;
  readonly at: number;
}

/** How the leader of the run ended. */
export interface RunExit extends ExitStatus {
  readonly coreDumped: boolean;
  readonly at: number;
}

/** What the whole tree has used when nothing of it was left. */
export interface RunEnd {
  readonly at: number;
  readonly userMs: number;
  readonly systemMs: number;
  readonly maxRssBytes: number;
  readonly oomKills: number;
}

type Facts = { -readonly [K in keyof RunFile]: RunFile[K] };

const numbersOf = (words: readonly string[], count: number): readonly number[] | null => {
  const numbers = words.map((word) => (/^\d+$/.test(word) ? Number(word) : Number.NaN));
  return numbers.length >= count && numbers.slice(0, count).every(Number.isSafeInteger)
    ? numbers
    : null;
};

const parseExit = (kind: string | undefined, words: readonly string[]): RunExit | null => {
  if (kind === 'code') {
    const numbers = numbersOf(words, 2);
    return (
      numbers && {
        code: numbers[0]!,
        signal: null,
        coreDumped: false,
        at: numbers[1]!,
      }
    );
  }
  if (kind !== 'signal') return null;
  const numbers = numbersOf(words, 3);
  return (
    numbers && {
      code: null,
      signal: signalName(numbers[0]!),
      coreDumped: numbers[1] === 1,
      at: numbers[2]!,
    }
  );
};

const parseFail = ([stage, errno, error, at]: readonly string[]): RunFailure | null => {
  const numbers = numbersOf([errno ?? '', at ?? ''], 2);
  return stage && error && numbers ? { stage, errno: numbers[0]!, error, at: numbers[1]! } : null;
};

const parseProcess = (words: readonly string[]): { process: OsProcess; at: number } | null => {
  const numbers = numbersOf(words, 3);
  return (
    numbers && {
      process: { pid: numbers[0]!, startTicks: numbers[1]! },
      at: numbers[2]!,
    }
  );
};

/** Both or nothing: half a place says nothing about what lies between two. */
const parseOutput = (words: readonly string[]): LogPositions | null => {
  const numbers = numbersOf(words, 2);
  return numbers && { out: numbers[0]!, error: numbers[1]! };
};

/** The first line of a kind is the fact; a kind or a shape that is unknown here says nothing. */
const readLine = (facts: Facts, line: string): void => {
  const [kind, ...words] = line.split(' ');
  if (kind === 'fence') {
    const numbers = numbersOf(words, 2);
    if (numbers) facts.fence ??= { pid: numbers[0]!, at: numbers[1]! };
  } else if (kind === 'claim') {
    const claim = parseProcess(words);
    if (claim) facts.claim ??= { launcher: claim.process, at: claim.at };
  } else if (kind === 'child' || kind === 'start') {
    const found = parseProcess(words);
    if (found) facts[kind] ??= { program: found.process, at: found.at };
  } else if (kind === 'ready') {
    const numbers = numbersOf(words, 1);
    if (numbers) facts.ready ??= { at: numbers[0]! };
  } else if (kind === 'fail') facts.fail ??= parseFail(words);
  else if (kind === 'exit') facts.exit ??= parseExit(words[0], words.slice(1));
  else if (kind === 'output' && words[0] === 'from')
    facts.outputFrom ??= parseOutput(words.slice(1));
  else if (kind === 'output' && words[0] === 'to') facts.outputTo ??= parseOutput(words.slice(1));
  else if (kind === 'empty') {
    const numbers = numbersOf(words, 5);
    if (!numbers) return;
    const [at, userMs, systemMs, maxRssKb, oomKills] = numbers as [
      number,
      number,
      number,
      number,
      number,
    ];
    facts.empty ??= {
      at,
      userMs,
      systemMs,
      maxRssBytes: maxRssKb * 1024,
      oomKills,
    };
  }
};

/** Reads the text of a run file; a last line without its line feed is not written yet, and does not count. */
export const parseRunFile = (text: string): RunFile => {
  const facts: Facts = {
    fence: null,
    claim: null,
    child: null,
    start: null,
    ready: null,
    fail: null,
    exit: null,
    empty: null,
    outputFrom: null,
    outputTo: null,
  };
  for (const line of text.split('\n').slice(0, -1)) readLine(facts, line);
  return facts;
};

/**
 * Reads a run file; null when there is none: nobody has claimed this key yet.
 *
 * @throws what readFileSync throws for anything but ENOENT.
 */
export const readRunFile = (path: string): RunFile | null => {
  try {
    return parseRunFile(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

/** The exit record, once the run is over and its leader's end is known; else null. */
export const exitRecordOf = ({ exit, empty }: RunFile): ExitRecord | null =>
  exit &&
  empty && {
    code: exit.code,
    signal: exit.signal,
    coreDumped: exit.coreDumped,
    exitedAt: exit.at,
    closedAt: empty.at,
    userMs: empty.userMs,
    systemMs: empty.systemMs,
    maxRssBytes: empty.maxRssBytes,
    oomKills: empty.oomKills,
  };

/**
 * Takes a spawn key so that no launcher ever can. True when the fence was put up; false when the file is
 * there already: a launcher's claim or an earlier fence, which reading it tells.
 *
 * @throws what openSync throws for anything but EEXIST.
 */
export const createFence = (path: string, pid: number, now: number): boolean => {
  let file: number;
  try {
    // O_EXCL decides between us and a launcher, on the file's name alone: the line only says who it was.
    file = openSync(path, 'ax', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, `fence ${pid} ${now}\n`);
  } finally {
    closeSync(file);
  }
  return true;
};

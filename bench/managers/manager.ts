import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subject } from '../model.js';

const CALL_LIMIT_MS = 300_000;

/** Something to look after: an executable with its arguments. Started again at once, as often as it ends. */
export interface Program {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Runs the file; null when it runs itself. */
  readonly interpreter: string | null;
  /** What becomes of its output: nothing in particular, kept as it is, or with a time on each line. */
  readonly output?: 'plain' | 'timestamped';
}

/** A process manager that takes part. */
export interface Manager {
  readonly name: Exclude<Subject, 'floor'>;
  readonly version: string;
  /** A home of its own inside this folder. */
  open(folder: string): Session;
}

/** One private home of a manager, driven through its own command line. */
export interface Session {
  /** The manager runs and looks after nothing yet. */
  boot(): Promise<void>;
  /** One command that starts all of these from a file; the manager first, where it does not run. */
  start(programs: readonly Program[]): Promise<void>;
  list(): Promise<string>;
  /** One command that stops everything. */
  stopAll(): Promise<void>;
  /** Null where there is no such thing. */
  readonly restore: {
    /** Lets the manager remember what is up. */
    save(): Promise<void>;
    /** Ends the programs and the manager, so that `run` can bring them back. */
    prepare(): Promise<void>;
    run(): Promise<Called>;
    /** Pid of each program that the manager's own list says is up; more than one where it lists more. */
    listed(): Promise<readonly number[]>;
  } | null;
  /** Pids of the manager itself, without what it started. */
  roots(): Promise<readonly number[]>;
  /** Where the standard output of a program ends up, or null when this manager cannot keep it that way. */
  outputOf(program: Program): string | null;
}

export interface Called {
  /** Null when it was killed, for being late for example. */
  readonly code: number | null;
  readonly stdout: () => string;
}

let calls = 0;

/**
 * Runs one command with an environment of its own; resolves whatever it exits with. Its output goes to a file:
 * a pipe would be held open by the manager that it may leave behind.
 */
export const call = (
  argv: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
  limitMs = CALL_LIMIT_MS,
): Promise<Called> =>
  new Promise((resolve, reject) => {
    const [file = '', ...args] = argv;
    calls += 1;
    const path = join(folder, `call-${calls}`);
    const [out, error] = [openSync(path, 'w'), openSync(join(folder, 'errors.log'), 'a')];
    const child = spawn(file, args, {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, NO_COLOR: '1', LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', out, error],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    closeSync(out);
    closeSync(error);
    child.on('error', reject);
    child.on('exit', (code) => resolve({ code, stdout: () => readFileSync(path, 'utf8') }));
  });

/** The same for a command that has to succeed. */
export const run = async (...args: Parameters<typeof call>): Promise<string> => {
  const { code, stdout } = await call(...args);
  if (code === 0) return stdout();
  const errors = readFileSync(join(args[1], 'errors.log'), 'utf8').slice(-2000);
  throw new Error(`${args[0].join(' ')} ended with ${code}: ${stdout().slice(0, 2000)}${errors}`);
};

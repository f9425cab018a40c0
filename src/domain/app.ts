import type { Environment } from './environment.js';
import { type AppKey, appKey } from './ids.js';
import type { Policies } from './policy.js';

/** What to run: a file (with its interpreter, if any) or a command line for the shell. */
export interface Command {
  /** Absolute path, a name found on PATH, or with `shell` a whole command line. */
  readonly script: string;
  readonly args: readonly string[];
  /** Program that reads the script (`node`, `python3`, an absolute path), or null to run it directly. */
  readonly interpreter: string | null;
  readonly interpreterArgs: readonly string[];
  readonly shell: boolean;
}

/** When and how often a program that ended by itself is started again. */
export interface RestartPolicy {
  readonly autorestart: 'always' | 'on-failure' | 'never';
  /** Exit codes after which it is not started again, whatever `autorestart` says. */
  readonly stopExitCodes: readonly number[];
  /** Restarts allowed after unstable runs inside the window; one more failure is `errored`. */
  readonly maxRestarts: number;
  /** The sliding window of `maxRestarts`. */
  readonly restartWindowMs: number;
  /** A run shorter than this is unstable. */
  readonly minUptimeMs: number;
  /** Fixed pause before each restart. */
  readonly restartDelayMs: number;
  /** First pause of an exponential back-off (x1.5); 0 switches it off. */
  readonly backoffInitialMs: number;
  /** The longest pause that the back-off comes to. */
  readonly backoffCapMs: number;
}

/** How a run is ended. */
export interface StopPolicy {
  /** Signal sent first, to every process of the tree. */
  readonly killSignal: string;
  /** Time until SIGKILL. */
  readonly killTimeoutMs: number;
  /** First pause between two SIGKILLs to a tree that is not empty yet; it doubles. */
  readonly killRetryMs: number;
  /** Whether a run owns everything that its program started. */
  readonly treekill: boolean;
  /** Asks with `process.send('shutdown')` instead of the signal. */
  readonly shutdownWithMessage: boolean;
}

/** A named definition: what to run and how. */
export interface App {
  readonly name: string;
  readonly namespace: string;
  readonly command: Command;
  readonly cwd: string;
  /** What the program's environment is made of, except what opm itself adds. */
  readonly env: Environment;
  readonly instances: number;
  /** Whether it is started as soon as it is defined. */
  readonly autostart: boolean;
  readonly restart: RestartPolicy;
  readonly stop: StopPolicy;
  readonly policies: Policies;
  /** The app file that defined it, absolute; null when a command line did. */
  readonly source: string | null;
}

export const DEFAULT_NAMESPACE = 'default';

export const DEFAULT_RESTART: RestartPolicy = {
  autorestart: 'always',
  stopExitCodes: [],
  maxRestarts: 16,
  restartWindowMs: 15 * 60_000,
  minUptimeMs: 1000,
  restartDelayMs: 0,
  backoffInitialMs: 0,
  backoffCapMs: 15_000,
};

export const DEFAULT_STOP: StopPolicy = {
  killSignal: 'SIGTERM',
  killTimeoutMs: 5000,
  killRetryMs: 50,
  treekill: true,
  shutdownWithMessage: false,
};

export const LIMITS = {
  nameBytes: 128,
  instances: 1000,
  processes: 10_000,
  args: 4096,
  argBytes: 128 * 1024,
  envEntries: 4096,
  envBytes: 512 * 1024,
  appsPerRequest: 5000,
} as const;

export const keyOf = (app: { readonly namespace: string; readonly name: string }): AppKey =>
  appKey(app.namespace, app.name);

/** Words that only a shell understands: reserved words, and builtins that no program stands for. */
const SHELL_WORDS = new Set(
  'if then else while until for case do ! { } [[ . : alias bg break cd command continue eval exec exit export fc fg function getopts hash jobs local read readonly return select set shift source time times trap type ulimit umask unset wait'.split(
    ' ',
  ),
);

/**
 * Whether a command line is one program with its arguments. The shell can then become that program, so that
 * the pid of the run is the program's own and a signal reaches it first.
 */
const isOneProgram = (line: string): boolean => {
  const [first = ''] = line.trim().split(/\s+/);
  return !/[;&|()`\n]/.test(line) && !first.includes('=') && !SHELL_WORDS.has(first);
};

/** The argument vector that is handed to the operating system. */
export const argvOf = (command: Command): readonly [string, ...string[]] => {
  if (command.shell) {
    const line = isOneProgram(command.script) ? `exec ${command.script}` : command.script;
    return ['/bin/sh', '-c', line, ...command.args];
  }
  if (command.interpreter === null) return [command.script, ...command.args];
  return [command.interpreter, ...command.interpreterArgs, command.script, ...command.args];
};

/**
 * Says what is wrong with a name or namespace, or null. A name must never read as another kind of
 * target: not a number (an id), not `all`, not `/regex/`, not `namespace/name`, not a flag.
 */
export const nameProblem = (name: string): string | null => {
  if (name.length === 0) return 'is empty';
  if (new TextEncoder().encode(name).length > LIMITS.nameBytes)
    return `is longer than ${LIMITS.nameBytes} bytes`;
  if (/^\d+$/.test(name)) return 'is a number, which would read as a process id';
  if (name === 'all') return 'is "all", which names every process';
  if (name.startsWith('-')) return 'starts with "-", which would read as a flag';
  if (name === '.' || name === '..') return 'is a folder, not a name';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  if (/[/\\\u0000-\u001f\u007f]/.test(name)) return 'contains "/", "\\" or a control character';
  return null;
};

import { constants } from 'node:os';
import { basename, extname, isAbsolute, resolve } from 'node:path';
import {
  type App,
  type Command,
  DEFAULT_NAMESPACE,
  DEFAULT_RESTART,
  DEFAULT_STOP,
} from '../domain/app.js';
import {
  checkDirectory,
  checkExecutable,
  checkReadableFile,
  findOnPath,
} from '../platform/executable.js';

/** A definition as somebody wrote it: only the script is needed. Durations in ms. */
export interface AppDraft {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly script: string;
  readonly args?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly interpreter?: string | undefined;
  readonly interpreterArgs?: readonly string[] | undefined;
  readonly instances?: number | undefined;
  readonly autorestart?: boolean | undefined;
  readonly maxRestarts?: number | undefined;
  readonly restartWindowMs?: number | undefined;
  readonly minUptimeMs?: number | undefined;
  readonly restartDelayMs?: number | undefined;
  readonly backoffInitialMs?: number | undefined;
  readonly killTimeoutMs?: number | undefined;
  readonly killSignal?: string | undefined;
  readonly treekill?: boolean | undefined;
}

/** Where a definition comes from: relative paths begin at `cwd`, `env` is the base environment. */
export interface Origin {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export type ResolveErrorCode =
  | 'SCRIPT_NOT_FOUND'
  | 'SCRIPT_NOT_READABLE'
  | 'INTERPRETER_NOT_FOUND'
  | 'CWD_NOT_USABLE'
  | 'INVALID_APP';

/** A definition that cannot be run here; found before anything is recorded. */
export class ResolveError extends Error {
  override readonly name = 'ResolveError';

  constructor(
    readonly code: ResolveErrorCode,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** Interpreters by file extension, as PM2's users know them. */
const INTERPRETERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  '.js': ['node'],
  '.mjs': ['node'],
  '.cjs': ['node'],
  '.py': ['python3'],
  '.rb': ['ruby'],
  '.pl': ['perl'],
  '.php': ['php'],
  '.sh': ['bash'],
  '.jar': ['java', '-jar'],
};

const resolveInterpreter = (name: string, origin: Origin, env: Origin['env']): string => {
  if (name.includes('/')) {
    const path = resolve(origin.cwd, name);
    if (checkExecutable(path) === null) return path;
  } else if (findOnPath(name, env.PATH ?? '') !== null) return name;
  else if (name === 'node') return process.execPath;
  throw new ResolveError(
    'INTERPRETER_NOT_FOUND',
    `the interpreter "${name}" was not found`,
    'install it, add its folder to PATH, or name another with --interpreter',
  );
};

/** A command that no interpreter reads. */
const unread = (script: string, args: readonly string[], shell: boolean): Command => ({
  script,
  args,
  interpreter: null,
  interpreterArgs: [],
  shell,
});

const fileCommand = (
  draft: AppDraft,
  path: string,
  origin: Origin,
  env: Origin['env'],
): Command => {
  const args = draft.args ?? [];
  const given = draft.interpreter;
  const [byName, ...byNameArgs] = INTERPRETERS[extname(path)] ?? [];
  const runsItself = checkExecutable(path) === null;
  const extension = extname(path);
  // A shell script that may be executed says itself, in its first line, what reads it.
  const own = !byName || (extension === '.sh' && runsItself);
  if (given === 'none' || (given === undefined && own)) {
    if (runsItself) return unread(path, args, false);
    const hint = `chmod +x ${path}, or name an interpreter with --interpreter`;
    throw new ResolveError('SCRIPT_NOT_READABLE', `${path} is not executable`, hint);
  }
  const problem = checkReadableFile(path);
  if (problem !== null) {
    const message = `${path} cannot be read (${problem})`;
    throw new ResolveError('SCRIPT_NOT_READABLE', message, 'check its permissions');
  }
  const interpreter = resolveInterpreter(given ?? byName ?? 'node', origin, env);
  const interpreterArgs = [...(draft.interpreterArgs ?? []), ...(given ? [] : byNameArgs)];
  return { script: path, args, interpreter, interpreterArgs, shell: false };
};

const resolveCommand = (
  draft: AppDraft,
  origin: Origin,
  cwd: string,
  env: Origin['env'],
): Command => {
  const { script, args = [] } = draft;
  const candidates = isAbsolute(script)
    ? [script]
    : [resolve(origin.cwd, script), resolve(cwd, script)];
  const path = candidates.find((candidate) => {
    const problem = checkReadableFile(candidate);
    return problem === null || problem === 'unreadable';
  });
  if (path !== undefined) return fileCommand(draft, path, origin, env);
  const isLine = /\s/.test(script);
  const onPath = script.includes('/') || isLine ? null : findOnPath(script, env.PATH ?? '');
  const readByAnother = draft.interpreter !== undefined && draft.interpreter !== 'none';
  if (onPath !== null)
    return readByAnother ? fileCommand(draft, onPath, origin, env) : unread(script, args, false);
  if (isLine && !readByAnother) return unread(script, args, true);
  throw new ResolveError(
    'SCRIPT_NOT_FOUND',
    `there is no file "${script}" in ${origin.cwd}, and no program of that name on PATH`,
    'check the path; a command line for the shell is quoted: opm start "npm run serve"',
  );
};

const defaultName = (command: Command): string => {
  const first = command.shell ? (command.script.trim().split(/\s+/)[0] ?? '') : command.script;
  const base = basename(first);
  return base.slice(0, base.length - extname(base).length) || base;
};

const checkCwd = (cwd: string): void => {
  const problem = checkDirectory(cwd);
  if (problem === null) return;
  const message = `the folder ${cwd} cannot be used (${problem})`;
  throw new ResolveError('CWD_NOT_USABLE', message, 'create it, or name another with --cwd');
};

const checkSignal = (signal: string): string => {
  if (signal in constants.signals) return signal;
  const hint = 'for example SIGTERM, SIGINT, SIGQUIT';
  throw new ResolveError('INVALID_APP', `there is no signal "${signal}"`, hint);
};

/**
 * Makes a definition complete and sees that it can be run on this machine now.
 *
 * @throws ResolveError with a code, what is missing, and what to do.
 */
export const resolveApp = (draft: AppDraft, origin: Origin): App => {
  const cwd = resolve(origin.cwd, draft.cwd ?? '.');
  checkCwd(cwd);
  const env = { ...origin.env, ...draft.env };
  const command = resolveCommand(draft, origin, cwd, env);
  return {
    name: draft.name ?? defaultName(command),
    namespace: draft.namespace ?? DEFAULT_NAMESPACE,
    command,
    cwd,
    env,
    instances: draft.instances ?? 1,
    restart: {
      autorestart: draft.autorestart ?? DEFAULT_RESTART.autorestart,
      maxRestarts: draft.maxRestarts ?? DEFAULT_RESTART.maxRestarts,
      restartWindowMs: draft.restartWindowMs ?? DEFAULT_RESTART.restartWindowMs,
      minUptimeMs: draft.minUptimeMs ?? DEFAULT_RESTART.minUptimeMs,
      restartDelayMs: draft.restartDelayMs ?? DEFAULT_RESTART.restartDelayMs,
      backoffInitialMs: draft.backoffInitialMs ?? DEFAULT_RESTART.backoffInitialMs,
    },
    stop: {
      killSignal: checkSignal(draft.killSignal ?? DEFAULT_STOP.killSignal),
      killTimeoutMs: draft.killTimeoutMs ?? DEFAULT_STOP.killTimeoutMs,
      treekill: draft.treekill ?? DEFAULT_STOP.treekill,
    },
  };
};

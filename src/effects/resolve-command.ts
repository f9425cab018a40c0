import { basename, extname, isAbsolute, resolve } from 'node:path';
import type { AppSpec } from '../config/app-keys.js';
import type { Command } from '../domain/app.js';
import { checkExecutable, checkReadableFile, findOnPath } from '../platform/executable.js';
import { type Origin, ResolveError } from './resolve-error.js';

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

const fileCommand = (spec: AppSpec, path: string, origin: Origin, env: Origin['env']): Command => {
  const args = spec.args ?? [];
  const given = spec.interpreter;
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
  const sourceMaps = spec.source_map_support && basename(interpreter) === 'node';
  const interpreterArgs = [
    ...(sourceMaps ? ['--enable-source-maps'] : []),
    ...(spec.interpreter_args ?? []),
    ...(given ? [] : byNameArgs),
  ];
  return { script: path, args, interpreter, interpreterArgs, shell: false };
};

/**
 * What a script means: a file that runs itself or is read by an interpreter, a program on PATH, or a line for the shell.
 *
 * @throws ResolveError SCRIPT_NOT_FOUND, SCRIPT_NOT_READABLE or INTERPRETER_NOT_FOUND.
 */
export const resolveCommand = (
  spec: AppSpec,
  origin: Origin,
  cwd: string,
  env: Origin['env'],
): Command => {
  const { script, args = [] } = spec;
  const candidates = isAbsolute(script)
    ? [script]
    : [resolve(origin.cwd, script), resolve(cwd, script)];
  const path = candidates.find((candidate) => {
    const problem = checkReadableFile(candidate);
    return problem === null || problem === 'unreadable';
  });
  if (path !== undefined) return fileCommand(spec, path, origin, env);
  const isLine = /\s/.test(script);
  const onPath = script.includes('/') || isLine ? null : findOnPath(script, env.PATH ?? '');
  const readByAnother = spec.interpreter !== undefined && spec.interpreter !== 'none';
  if (onPath !== null)
    return readByAnother ? fileCommand(spec, onPath, origin, env) : unread(script, args, false);
  if (isLine && !readByAnother) return unread(script, args, true);
  throw new ResolveError(
    'SCRIPT_NOT_FOUND',
    `there is no file "${script}" in ${origin.cwd}, and no program of that name on PATH`,
    'check the path; a command line for the shell is quoted: opm start "npm run serve"',
  );
};

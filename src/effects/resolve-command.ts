import { basename, extname, isAbsolute, resolve } from 'node:path';
import type { AppSpec } from '../config/app-keys.js';
import type { Command } from '../domain/app.js';
import {
  checkExecutable,
  checkReadableFile,
  findOnPath,
  shebangOf,
} from '../platform/executable.js';
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

const refuseToGuess = (path: string): never => {
  const hint = `chmod +x ${path}, or name an interpreter with --interpreter`;
  throw new ResolveError('SCRIPT_NOT_READABLE', `${path} is not executable`, hint);
};

/** What reads a file, and its arguments before and after those that are given. */
interface Reader {
  readonly interpreter: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** By its extension, by its first line, or where it has neither, as PM2's users expect, node. */
const readerOf = (path: string): Reader => {
  const [byName, ...after] = INTERPRETERS[extname(path)] ?? [];
  if (byName !== undefined) return { interpreter: byName, before: [], after };
  const [byLine, ...before] = shebangOf(path) ?? [];
  if (byLine !== undefined) return { interpreter: byLine, before, after: [] };
  return extname(path) === ''
    ? { interpreter: 'node', before: [], after: [] }
    : refuseToGuess(path);
};

const fileCommand = (spec: AppSpec, path: string, origin: Origin, env: Origin['env']): Command => {
  const args = spec.args ?? [];
  const given = spec.interpreter;
  const runsItself = checkExecutable(path) === null;
  // A shell script that may be executed says itself, in its first line, what reads it.
  const own = !(extname(path) in INTERPRETERS) || extname(path) === '.sh';
  if (given === 'none' || (given === undefined && own && runsItself))
    return runsItself ? unread(path, args, false) : refuseToGuess(path);
  const problem = checkReadableFile(path);
  if (problem !== null) {
    const message = `${path} cannot be read (${problem})`;
    throw new ResolveError('SCRIPT_NOT_READABLE', message, 'check its permissions');
  }
  const reader = given ? { interpreter: given, before: [], after: [] } : readerOf(path);
  const interpreter = resolveInterpreter(reader.interpreter, origin, env);
  const sourceMaps = spec.source_map_support && basename(interpreter) === 'node';
  const interpreterArgs = [
    ...reader.before,
    ...(sourceMaps ? ['--enable-source-maps'] : []),
    ...(spec.interpreter_args ?? []),
    ...reader.after,
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
  const noFile = candidates.find((candidate) => checkReadableFile(candidate) === 'not-a-file');
  if (noFile !== undefined)
    throw new ResolveError(
      'SCRIPT_NOT_FOUND',
      `${noFile} is a folder or a device, and no file that can be run`,
      'name the script in it',
    );
  throw new ResolveError(
    'SCRIPT_NOT_FOUND',
    `there is no file "${script}" in ${origin.cwd}, and no program of that name on PATH`,
    'check the path; a command line for the shell is quoted: opm start "npm run serve"',
  );
};

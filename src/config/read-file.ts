import { readFileSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { type CheckedFile, checkFile, type FileReading } from './check-file.js';
import { ConfigError } from './config-error.js';
import { faultOf } from './fault.js';
import { loadCode } from './load-code.js';
import { unreadable } from './unreadable.js';

/** More is no list of apps. */
const MAX_BYTES = 8 * 1024 * 1024;

/** An app file that was read and is sound. */
export interface AppFile extends CheckedFile {
  /** Absolute. */
  readonly path: string;
}

const textOf = (path: string): string => {
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
  return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
};

type Reader = (path: string) => Promise<unknown>;

/** JSON, and what people write who come from a manager that evaluates it: comments, commas at the end, bare keys. */
const readJson: Reader = async (path) => {
  const text = textOf(path);
  try {
    return JSON.parse(text);
  } catch {
    return (await import('json5')).default.parse(text);
  }
};
const readYaml: Reader = async (path) => (await import('yaml')).parse(textOf(path));
const readHcl: Reader = async (path) => (await import('./hcl.js')).parseHcl(textOf(path), path);
const readPm2Dump: Reader = async (path) => (await import('./pm2-dump.js')).readDump(textOf(path));
const readToml: Reader = async (path) => (await import('smol-toml')).parse(textOf(path));

const READERS: Readonly<Record<string, Reader>> = {
  '.json': readJson,
  '.json5': readJson,
  '.yaml': readYaml,
  '.yml': readYaml,
  '.toml': readToml,
  '.hcl': readHcl,
  '.pm2': readPm2Dump,
  '.js': loadCode,
  '.mjs': loadCode,
  '.cjs': loadCode,
  '.ts': loadCode,
  '.mts': loadCode,
  '.cts': loadCode,
};

/** Ends of the names of files that can be read. */
export const EXTENSIONS: readonly string[] = Object.keys(READERS);

/**
 * What an app file holds, unchecked. Code runs; JSON, YAML and TOML are parsed and never evaluated.
 *
 * @throws ConfigError BAD_FILE
 */
export const readContent = async (file: string): Promise<unknown> => {
  const closed = unreadable(file);
  if (closed) throw new ConfigError(file, null, closed.problem, closed.hint);
  const reader = READERS[extname(file)];
  if (!reader) throw new ConfigError(file, '$', `expected one of ${EXTENSIONS.join(', ')}`);
  try {
    return await reader(resolve(file));
  } catch (error) {
    const { line, problem } = faultOf(error, resolve(file));
    throw new ConfigError(file, line === null ? '$' : `line ${line}`, problem);
  }
};

/**
 * Reads and checks an app file.
 *
 * @throws ConfigError BAD_FILE that names the file, the place inside it, and what was expected.
 */
export const readAppFile = async (file: string, reading: FileReading): Promise<AppFile> => ({
  path: resolve(file),
  ...checkFile(await readContent(file), file, reading),
});

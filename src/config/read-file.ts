import { readFileSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CheckedFile, checkFile, type FileReading } from './check-file.js';
import { ConfigError } from './config-error.js';
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

/** Runs code that may print, as dotenv does when it is loaded: what it says is no result of ours. */
const withoutOutput = async <T>(run: () => Promise<T>): Promise<T> => {
  const { log, info } = console;
  Object.assign(console, { log: console.error, info: console.error });
  try {
    return await run();
  } finally {
    Object.assign(console, { log, info });
  }
};

/** What a module has to say: its default export, or what it exports; a function is called. */
const exported = async (loaded: unknown): Promise<unknown> => {
  const module = loaded as { default?: unknown };
  const value = module?.default ?? module;
  return typeof value === 'function' ? await (value as () => unknown)() : value;
};

const importModule = (path: string): Promise<unknown> =>
  withoutOutput(async () => exported(await import(pathToFileURL(path).href)));

const importTypeScript = async (path: string): Promise<unknown> => {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false });
  return withoutOutput(async () => exported(await jiti.import(path)));
};

type Reader = (path: string) => unknown | Promise<unknown>;

const readJson: Reader = (path) => JSON.parse(textOf(path));
const readYaml: Reader = async (path) => (await import('yaml')).parse(textOf(path));
const readHcl: Reader = async (path) => (await import('./hcl.js')).parseHcl(textOf(path), path);
const readToml: Reader = async (path) => (await import('smol-toml')).parse(textOf(path));

const READERS: Readonly<Record<string, Reader>> = {
  '.json': readJson,
  '.yaml': readYaml,
  '.yml': readYaml,
  '.toml': readToml,
  '.hcl': readHcl,
  '.js': importModule,
  '.mjs': importModule,
  '.cjs': importModule,
  '.ts': importTypeScript,
  '.mts': importTypeScript,
  '.cts': importTypeScript,
};

/** Ends of the names of files that can be read. */
export const EXTENSIONS: readonly string[] = Object.keys(READERS);

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

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
    throw new ConfigError(file, '$', firstLine(error));
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

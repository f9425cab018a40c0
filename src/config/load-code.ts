import { pathToFileURL } from 'node:url';
import { importModule } from './import-module.js';

/** A file may fetch what it exports. It is not waited for longer than this. */
const LIMIT_MS = 30_000;

/** Code that may print, as dotenv does when it is loaded, or end the process: neither is for it to do here. */
const contained = async <T>(run: () => Promise<T>): Promise<T> => {
  const { log, info } = console;
  const { exit } = process;
  Object.assign(console, { log: console.error, info: console.error });
  process.exit = (code) => {
    throw new Error(`it called process.exit(${code ?? ''})`);
  };
  try {
    return await run();
  } finally {
    Object.assign(console, { log, info });
    process.exit = exit;
  }
};

const within = <T>(limitMs: number, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`expected what it exports within ${limitMs / 1000} s`);
    timer = setTimeout(() => reject(error), limitMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** What a module has to say: its default export, or what it exports; a function is called. */
const exported = async (loaded: unknown): Promise<unknown> => {
  const module = loaded as { default?: unknown };
  const value = module?.default ?? module;
  return typeof value === 'function' ? await (value as () => unknown)() : value;
};

const importTypeScript = async (path: string): Promise<unknown> => {
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, { fsCache: false, moduleCache: false }).import(path);
};

/** Node keeps to itself on which line an ES module is no JavaScript: another parser is asked. */
const importJavaScript = async (path: string): Promise<unknown> => {
  try {
    return await importModule(pathToFileURL(path).href);
  } catch (error) {
    if (!(error instanceof SyntaxError) || error.stack?.includes(path)) throw error;
    return importTypeScript(path);
  }
};

/**
 * Runs a module of JavaScript or TypeScript and answers with what it exports.
 *
 * @throws what the module throws, and Error when it has not come to an end in time.
 */
export const loadCode = (path: string, limitMs = LIMIT_MS): Promise<unknown> => {
  const load = /\.[cm]?ts$/.test(path) ? importTypeScript : importJavaScript;
  return within(
    limitMs,
    contained(async () => exported(await load(path))),
  );
};

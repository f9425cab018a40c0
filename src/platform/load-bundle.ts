import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** Set while the package is built: what ran is written down when the process ends. */
const WRITE_VARIABLE = 'OPM_WRITE_CODE_CACHE';

const readCache = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

/** Whole or not at all: others may be reading it. */
const writeCache = (path: string, data: Buffer): void => {
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, data);
  renameSync(fresh, path);
};

/**
 * Loads a bundle in the form of CommonJS as `require` does, with what V8 compiled of it when the package was built,
 * where that lies beside it (`FILE.cache`). Another version of Node refuses what this one wrote, and compiles. V8 lets
 * such code import nothing: `config/import-module.ts` does that for it.
 */
export const loadBundle = (file: string): unknown => {
  const cache = `${file}.cache`;
  const cachedData = readCache(cache);
  // Bundles are ASCII, see `bundle.mjs`.
  const script = new Script(Module.wrap(readFileSync(file, 'latin1')), {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  });
  if (process.env[WRITE_VARIABLE])
    process.on('exit', () => writeCache(cache, script.createCachedData()));
  const module = { exports: {} };
  const run = script.runInThisContext() as (...scope: readonly unknown[]) => void;
  run(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
};

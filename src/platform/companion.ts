import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.js';

/** Where the launchers and what belongs to them are built. */
export const BUILT: string = join(packageRoot, 'dist/launcher');
const PREBUILT = join(BUILT, 'prebuilt', `${process.platform}-${process.arch}`);

/** The folder of the compiled programs, the package's static ones first; null where nothing is compiled. */
export const nativeFolder = (env: NodeJS.ProcessEnv): string | null =>
  env.OPM_LAUNCHER === 'shell'
    ? null
    : ([PREBUILT, BUILT].find((path) => existsSync(join(path, 'opm-launcher'))) ?? null);

/** A compiled program that stands beside the launcher; null where nothing is compiled. */
export const findCompanion = (
  name: 'opm-rotator' | 'opm-reader' | 'opm-hangup',
  env: NodeJS.ProcessEnv,
): string | null => {
  const folder = nativeFolder(env);
  const path = folder === null ? null : join(folder, name);
  return path !== null && existsSync(path) ? path : null;
};

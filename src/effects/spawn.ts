import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';

/** A launch as the operating system gets it. */
export interface SpawnSpec {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Spawned {
  /** Resolves when the launcher has ended: its exit code, or null when it could not be started or was killed. */
  readonly gone: Promise<{
    readonly code: number | null;
    readonly problem: string | null;
  }>;
}

/**
 * Starts a launcher that outlives us: a session of its own, no pipe between us, and only the given
 * environment. The launcher opens the log files by itself.
 */
export const spawnLauncher = ({ argv, cwd, env }: SpawnSpec): Spawned => {
  const [file, ...args] = argv;
  const child = execa(file, args, {
    cwd,
    env,
    extendEnv: false,
    detached: true,
    cleanup: false,
    stdio: 'ignore',
    buffer: false,
    reject: false,
  });
  child.unref();
  const gone = child.then(({ exitCode, failed, shortMessage }) => ({
    code: exitCode ?? null,
    problem: failed ? (shortMessage ?? 'unknown') : null,
  }));
  return { gone };
};

const isFilled = (path: string): boolean => {
  try {
    return statSync(path).size > 0;
  } catch {
    return false;
  }
};

/** Moves a log file of an earlier app of the same name aside: `x-out.log` becomes `x-out.log.1`. */
export const setLogAside = (path: string): void => {
  if (!isFilled(path)) return;
  for (let n = 1; ; n += 1) {
    try {
      closeSync(openSync(`${path}.${n}`, 'wx', 0o600));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    renameSync(path, `${path}.${n}`);
    return;
  }
};

export const ensureFolderOf = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
};

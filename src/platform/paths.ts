import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Epoch, ProcessId, SpawnKey } from '../domain/ids.js';

/** Where everything of one home lies; all absolute. */
export interface HomePaths {
  readonly home: string;
  /** The LevelDB database. */
  readonly log: string;
  readonly socket: string;
  /** Output of the programs. */
  readonly logs: string;
  readonly daemonLog: string;
  /** What somebody set for this home; often not there. */
  readonly settings: string;
  /** Claims, locks and exit records, one folder an epoch. */
  readonly run: string;
  /** Values that are kept out of the log. */
  readonly secrets: string;
  /** There where the log was imported; see `markImported`. */
  readonly imported: string;
}

/** Why a home cannot be used; callers match the code. */
export type HomeErrorCode =
  | 'HOME_NOT_A_DIRECTORY'
  | 'HOME_WRONG_OWNER'
  | 'HOME_NOT_WRITABLE'
  | 'HOME_CLOSED';

const HINTS: Readonly<Record<HomeErrorCode, string>> = {
  HOME_NOT_A_DIRECTORY: 'Set OPM_HOME to a folder, or move what is in its way.',
  HOME_WRONG_OWNER: 'Use the account that owns it, or set OPM_HOME to a folder of your own.',
  HOME_NOT_WRITABLE:
    'Check permissions, free space and mount options, or set OPM_HOME to another folder.',
  HOME_CLOSED: 'Use the account that owns it, or set OPM_HOME to a folder of your own.',
};

/** A home that cannot be used, with a stable `code` and a `hint` that says what to do. */
export class HomeError extends Error {
  override readonly name = 'HomeError';
  readonly hint: string;

  constructor(
    readonly code: HomeErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.hint = HINTS[code];
  }
}

export const homePaths = (home: string): HomePaths => ({
  home,
  log: join(home, 'log'),
  socket: join(home, 'opm.sock'),
  logs: join(home, 'logs'),
  daemonLog: join(home, 'daemon.log'),
  settings: join(home, 'settings.json'),
  run: join(home, 'run'),
  secrets: join(home, 'secrets'),
  imported: join(home, 'imported'),
});

/** The path with symlinks resolved as far as it exists: the same text before and after it is created. */
const canonical = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(canonical(parent), basename(path));
  }
};

const failure = (path: string, error: unknown): HomeError => {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const text = error instanceof Error ? error.message : String(error);
  return code === 'ENOTDIR' || code === 'EEXIST'
    ? new HomeError('HOME_NOT_A_DIRECTORY', `${path} is not a folder`, error)
    : new HomeError('HOME_NOT_WRITABLE', `${path} cannot be used: ${text}`, error);
};

/** The error of whoever may not speak to the daemon of a home, because home or socket are closed to them. */
export const closedHome = (home: string, cause: unknown): HomeError =>
  new HomeError('HOME_CLOSED', `${home} is closed to user ${process.getuid?.()}`, cause);

const isFolderOrNothing = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true;
  } catch {
    // What may not be looked at is told when it is used.
    return true;
  }
};

/**
 * The home that a command works on: the flag, else `$OPM_HOME`, else `~/.opm`; empty counts as unset. Absolute
 * and free of symlinks, because it is half of the marker by which a home knows its programs.
 *
 * @throws HomeError HOME_NOT_A_DIRECTORY: a home that is a file would read like one without programs.
 */
export const resolveHome = (
  env: Readonly<Record<string, string | undefined>>,
  flag?: string,
): string => {
  const home = canonical(resolve(flag || env.OPM_HOME || join(env.HOME || homedir(), '.opm')));
  for (const path of [home, dirname(home)]) {
    if (!isFolderOrNothing(path))
      throw new HomeError('HOME_NOT_A_DIRECTORY', `${path} is not a folder`);
  }
  return home;
};

/** `mkdir -p`. Not Node's own: below a folder like /proc, where nothing can be made, that one never returns. */
const makeAll = (path: string): void => {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeAll(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Somebody else who needs it was faster.
    if (!existsSync(path)) throw error;
  }
};

/** Creates a folder where it is missing, and answers whose it is. */
const makeFolder = (path: string): number => {
  try {
    makeAll(path);
    // The dot makes the kernel refuse what is no folder.
    return statSync(`${path}/.`).uid;
  } catch (error) {
    throw failure(path, error);
  }
};

const makeUsable = (path: string): void => {
  makeFolder(path);
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw failure(path, error);
  }
};

/**
 * Creates the home and its folders where they are missing, closed to other users (mode 0700). The log's own
 * folder is made by the log. What is there already keeps its mode.
 *
 * @throws HomeError HOME_NOT_A_DIRECTORY, HOME_WRONG_OWNER (root may use anybody's home) or HOME_NOT_WRITABLE.
 */
export const prepareHome = ({ home, logs, run }: HomePaths): void => {
  const uid = process.getuid?.() ?? 0;
  const owner = makeFolder(home);
  // Before any permission: whose home it is explains more than that it cannot be written.
  if (uid !== 0 && owner !== uid)
    throw new HomeError(
      'HOME_WRONG_OWNER',
      `${home} belongs to user ${owner}, and this is user ${uid}`,
    );
  for (const folder of [home, logs, run]) makeUsable(folder);
};

/** The folder of one epoch; a new epoch starts with an empty one. */
export const runDir = (paths: HomePaths, epoch: Epoch): string => join(paths.run, epoch);
/** Holds one run file a spawn key, see run-file.ts. */
export const runFilesDir = (paths: HomePaths, epoch: Epoch): string =>
  join(runDir(paths, epoch), 'runs');
/** Holds one lock file a process. */
export const slotsDir = (paths: HomePaths, epoch: Epoch): string =>
  join(runDir(paths, epoch), 'slots');

/** Holds the pipes to the reader of logs, and what it keeps beside them; see launcher/reader/main.c. */
export const pipesDir = (paths: HomePaths, epoch: Epoch): string =>
  join(runDir(paths, epoch), 'pipes');

/** What the launcher of this spawn key claims, and where it writes its record. */
export const runFile = (paths: HomePaths, epoch: Epoch, key: SpawnKey): string =>
  join(runFilesDir(paths, epoch), key);

/** What a launcher holds locked (flock(2)) for as long as anything of this process lives. */
export const slotLock = (paths: HomePaths, epoch: Epoch, process: ProcessId): string =>
  join(slotsDir(paths, epoch), `${process}.lock`);

/**
 * Creates the folders of an epoch where they are missing.
 *
 * @throws HomeError HOME_NOT_A_DIRECTORY or HOME_NOT_WRITABLE.
 */
export const prepareRunDir = (paths: HomePaths, epoch: Epoch): void => {
  makeUsable(runFilesDir(paths, epoch));
  makeUsable(slotsDir(paths, epoch));
  makeUsable(pipesDir(paths, epoch));
};

import { processOfSpawnKey, type SpawnKey, spawnKey } from '../domain/ids.js';

/** Set in the environment of every launcher, and so inherited by all that its program starts. */
export const SPAWN_KEY_VARIABLE = 'OPM_SPAWN_KEY';

/**
 * Set, with the home as its value, in the environment of a daemon that a command launched. A process that has
 * it and no spawn key is such a daemon; it may have been launched from inside a managed program.
 */
export const DAEMON_VARIABLE = 'OPM_DAEMON';

/** Whose run a process belongs to, by its own environment. */
export interface Mark {
  /** Absolute, symlinks resolved: as `resolveHome` gives it. */
  readonly home: string;
  readonly key: SpawnKey;
}

/** The value of `OPM_SPAWN_KEY`: `<home>#<spawn key>`. */
export const formatMark = ({ home, key }: Mark): string => `${home}#${key}`;

/** Reads such a value, or answers null. A home may contain `#`, a spawn key never does. */
export const parseMark = (text: string): Mark | null => {
  const at = text.lastIndexOf('#');
  const key = text.slice(at + 1);
  return at > 0 && processOfSpawnKey(key) !== null
    ? { home: text.slice(0, at), key: spawnKey(key) }
    : null;
};

/** Whether two processes carry the same mark; two without one do not. */
export const sameMark = (one: Mark | undefined, other: Mark | undefined): boolean =>
  one !== undefined && other !== undefined && one.key === other.key && one.home === other.home;

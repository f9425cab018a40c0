import type { SpawnKey } from '../domain/ids.js';
import {
  argvOf,
  environOf,
  environValue,
  isAlive,
  type ProcessTable,
  type ProcStat,
  scan,
} from './proc.js';

/** Environment variable by which a home knows what it started: `<home>#<spawn key>`. */
export const MARKER = 'OPM_SPAWN_KEY';
/** Environment variable of a daemon, naming its home. */
export const DAEMON_MARKER = 'OPM_DAEMON';

export const formatMarker = (home: string, key: SpawnKey): string => `${home}#${key}`;

export const parseMarker = (text: string): { home: string; key: SpawnKey } | null => {
  const cut = text.lastIndexOf('#');
  return cut < 0 ? null : { home: text.slice(0, cut), key: text.slice(cut + 1) as SpawnKey };
};

export interface Marked {
  readonly launchers: readonly ProcStat[];
  readonly programs: readonly ProcStat[];
}

const isLauncher = (stat: ProcStat): boolean =>
  stat.comm === 'opm-launcher' ||
  (argvOf(stat.pid)?.some((arg) => arg.endsWith('launcher.sh')) ?? false);

/**
 * Living processes whose environment, as it was when they were executed, carries this home's marker,
 * by spawn key. One pass over /proc; `keyPrefix` narrows it down (`12-` for process 12).
 */
export const findMarked = (
  home: string,
  keyPrefix = '',
  table: ProcessTable = scan(),
): ReadonlyMap<SpawnKey, Marked> => {
  const found = new Map<SpawnKey, { launchers: ProcStat[]; programs: ProcStat[] }>();
  for (const stat of table.values()) {
    if (!isAlive(stat)) continue;
    const value = environValue(environOf(stat.pid) ?? '', MARKER);
    const marker = value === null ? null : parseMarker(value);
    if (marker?.home !== home || !marker.key.startsWith(keyPrefix)) continue;
    const group = found.get(marker.key) ?? { launchers: [], programs: [] };
    found.set(marker.key, group);
    (isLauncher(stat) ? group.launchers : group.programs).push(stat);
  }
  return found;
};

/** A daemon that was started from inside a managed program: it and what is below belong to no run. */
export const isDetachedDaemon = (stat: ProcStat): boolean => {
  const environ = environOf(stat.pid) ?? '';
  return environValue(environ, DAEMON_MARKER) !== null && environValue(environ, MARKER) === null;
};

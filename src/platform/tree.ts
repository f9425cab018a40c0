import type { OsProcess } from '../domain/event.js';
import type { SpawnKey } from '../domain/ids.js';
import { cgroupProcs, killCgroup } from './cgroup.js';
import { findMarked, isDetachedDaemon } from './marker.js';
import { childrenMap, descendants, isAlive, isSame, type ProcStat, scan } from './proc.js';
import { signalProcess } from './signals.js';

/** By what the members of a run are known. */
export interface RunTree {
  readonly home: string;
  readonly spawnKey: SpawnKey;
  readonly program: OsProcess | null;
  readonly launcher: OsProcess | null;
  /** Folder of the slot's cgroup. */
  readonly cgroup: string | null;
}

/**
 * Everything alive of a run, its launcher left out: what descends from the launcher (which is its
 * subreaper), is in the program's session or cgroup, or carries the marker.
 */
export const treeMembers = (tree: RunTree): readonly ProcStat[] => {
  const table = scan();
  const children = childrenMap(table);
  const { launcher, program } = tree;
  const marked = findMarked(tree.home, tree.spawnKey, table).get(tree.spawnKey);
  const launchers = new Set(marked?.launchers.map(({ pid }) => pid) ?? []);
  if (launcher && isSame(launcher)) launchers.add(launcher.pid);
  const inCgroup = new Set(tree.cgroup === null ? [] : cgroupProcs(tree.cgroup));
  // A session keeps its number while any member lives, so only one that is older than us can be another's.
  const inSession = (stat: ProcStat): boolean =>
    program !== null && stat.session === program.pid && stat.startTicks >= program.startTicks;
  const roots = [...table.values()].filter(
    (stat) => inSession(stat) || inCgroup.has(stat.pid) || marked?.programs.includes(stat),
  );
  const pids = [...launchers, ...roots.map(({ pid }) => pid)];
  const members = new Map(roots.map((stat) => [stat.pid, stat]));
  for (const stat of descendants(children, pids, isDetachedDaemon)) members.set(stat.pid, stat);
  return [...members.values()].filter(
    (stat) =>
      isAlive(stat) &&
      stat.pid > 1 &&
      stat.pid !== process.pid &&
      !launchers.has(stat.pid) &&
      !isDetachedDaemon(stat),
  );
};

/** Signals these processes; returns how many were reached. */
export const signalTree = (members: readonly ProcStat[], signal: string): number =>
  members.filter((member) => signalProcess(member, signal) === 'sent').length;

/** One stroke of SIGKILL at everything of a run; returns how many were alive. */
export const killTree = (tree: RunTree): number => {
  if (tree.cgroup !== null) killCgroup(tree.cgroup);
  const members = treeMembers(tree);
  signalTree(members, 'SIGKILL');
  return members.length;
};

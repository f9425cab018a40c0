import type { OsProcess } from '../domain/os-process.js';
import { type Census, takeCensus } from './census.js';
import { cgroupProcs, killCgroup } from './cgroup.js';
import { isLauncher } from './marked.js';
import { formatMark, type Mark } from './marker.js';
import { descendants, identityOf, isAlive, livingStat, type ProcStat, parentOf } from './proc.js';
import { type Delivery, signalProcess } from './signals.js';

/** By what the processes of a run are known. */
export interface RunTree {
  readonly mark: Mark;
  readonly program: OsProcess | null;
  /** Null when no claim names it: then what carries the mark and looks like a launcher is one. */
  readonly launcher: OsProcess | null;
  /** Folder of its cgroup. */
  readonly cgroup: string | null;
}

/** Pids of what is this run's beyond doubt. */
interface Core {
  /** Never members, but all that comes from them is. */
  readonly launchers: ReadonlySet<number>;
  /** The program, and all that carries the mark. */
  readonly roots: ReadonlySet<number>;
}

/** Who is where in a census, made once for all the runs that are looked for in it. */
interface Places {
  /** Pids by the mark that they carry. */
  readonly byMark: ReadonlyMap<string, readonly number[]>;
  /** Processes by their sessions and by their process groups. */
  readonly byGroup: ReadonlyMap<number, readonly ProcStat[]>;
}

const placesOf = new WeakMap<Census, Places>();

const placesIn = (census: Census): Places => {
  const found = placesOf.get(census);
  if (found) return found;
  const byMark = new Map<string, number[]>();
  const byGroup = new Map<number, ProcStat[]>();
  const add = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
    const there = map.get(key);
    if (there) there.push(value);
    else map.set(key, [value]);
  };
  for (const [pid, mark] of census.marks) add(byMark, formatMark(mark), pid);
  for (const stat of census.table.values())
    for (const id of new Set([stat.session, stat.pgrp])) add(byGroup, id, stat);
  const places = { byMark, byGroup };
  placesOf.set(census, places);
  return places;
};

const coreOf = (run: RunTree, census: Census): Core => {
  const launchers = new Set<number>();
  const roots = new Set<number>();
  if (run.launcher && livingStat(run.launcher, census.table)) launchers.add(run.launcher.pid);
  if (run.program && livingStat(run.program, census.table)) roots.add(run.program.pid);
  for (const pid of placesIn(census).byMark.get(formatMark(run.mark)) ?? []) {
    if (launchers.has(pid)) continue;
    const launches = run.launcher === null && isLauncher(census.table.get(pid)!, census);
    (launches ? launchers : roots).add(pid);
  }
  return { launchers, roots };
};

/**
 * Whether the nearest among a process and its ancestors that is anybody's is somebody else's: another run's,
 * or a daemon's that was launched from inside this run. Without this, ending a program that once typed
 * `opm start` would end everything that its command brought up.
 */
const isForeign = (stat: ProcStat, { launchers, roots }: Core, census: Census): boolean => {
  for (let at: ProcStat | undefined = stat; at; at = parentOf(at, census.table)) {
    if (launchers.has(at.pid) || roots.has(at.pid)) return false;
    if (census.daemons.has(at.pid) || census.marks.has(at.pid)) return true;
  }
  return false;
};

/**
 * Ids of the sessions and process groups that are the run's own: the launcher's and the program's. When the
 * leader is dead its id is a mere number, which a stranger may bear by now, unless something of the run still
 * holds it: the kernel does not give an id away that is in use as a session or group.
 */
const groupsOf = (run: RunTree, core: Core, known: readonly ProcStat[]): ReadonlySet<number> => {
  const held = new Set([...core.launchers, ...core.roots]);
  for (const stat of known) held.add(stat.session).add(stat.pgrp);
  const own = [run.program?.pid, ...core.launchers, run.launcher?.pid];
  return new Set(own.filter((id) => id !== undefined && held.has(id)) as number[]);
};

/**
 * Every living process of a run: what comes from its launcher, its program, what carries its mark, what is in
 * its sessions, groups or cgroup, and all that comes from those. Not its launcher, not a daemon or another run
 * that was started from inside it, not pid 1, not who took the census. Oldest first, so that a wrapper in a retry
 * loop is signalled before the child that it would start again.
 *
 * A launcher for the shell may show up with a helper of its own (`sleep`): whether the run is over, its run
 * file says.
 */
export const membersOf = (run: RunTree, census: Census = takeCensus()): readonly OsProcess[] => {
  const { self, table, children } = census;
  const core = coreOf(run, census);
  const inCgroup = run.cgroup === null ? [] : cgroupProcs(run.cgroup);
  const known = new Map<number, ProcStat>();
  const include = (pids: Iterable<number>): void => {
    const stats = [...pids].map((pid) => table.get(pid)).filter((stat) => stat !== undefined);
    const below = descendants(
      children,
      stats.map((stat) => stat.pid),
    );
    for (const stat of [...stats, ...below])
      if (!isForeign(stat, core, census)) known.set(stat.pid, stat);
  };

  include([...core.launchers, ...core.roots, ...inCgroup]);
  const groups = groupsOf(run, core, [...known.values()]);
  const { byGroup } = placesIn(census);
  include([...groups].flatMap((id) => (byGroup.get(id) ?? []).map(({ pid }) => pid)));

  return [...known.values()]
    .filter(({ pid }) => pid > 1 && pid !== self && !core.launchers.has(pid))
    .filter(isAlive)
    .sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)
    .map(identityOf);
};

/** Signals each of these, identity verified (see `signalProcess`); answers in the same order. */
export const signalTree = (members: readonly OsProcess[], signal: string): readonly Delivery[] =>
  members.map((member) => signalProcess(member, signal));

/**
 * SIGKILL to every member, once; returns how many there were, 0 when the tree is empty. What is forked while
 * it works may be left, unless the cgroup takes it along: call it until it answers 0. Who came to the cgroup after
 * the census counts, unsignalled: the next one tells whose it is.
 */
export const killTree = (run: RunTree, census: Census = takeCensus()): number => {
  const members = membersOf(run, census);
  const inCgroup = run.cgroup === null ? [] : cgroupProcs(run.cgroup);
  if (members.length === 0) return inCgroup.filter((pid) => !census.table.has(pid)).length;
  const pids = new Set(members.map((member) => member.pid));
  const bystanders = inCgroup.filter((pid) => census.table.has(pid) && !pids.has(pid));
  // The launcher, or a daemon that could not leave, may sit in there: then one at a time.
  if (run.cgroup !== null && bystanders.length === 0) killCgroup(run.cgroup);
  signalTree(members, 'SIGKILL');
  return members.length;
};

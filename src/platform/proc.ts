import { readdirSync, readFileSync } from 'node:fs';
import type { OsProcess } from '../domain/os-process.js';
import { pageBytes } from './kernel.js';

/** One line of /proc/PID/stat (proc_pid_stat(5)). Ticks are clock ticks, see `clockTicksPerSecond`. */
export interface ProcStat extends OsProcess {
  /** At most 15 bytes of the program's name; the program may change it at will. */
  readonly comm: string;
  /** `R`, `S`, `D`, `T`, `Z` … */
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  readonly utimeTicks: number;
  readonly stimeTicks: number;
  /** User and system time of the children that ended and were waited for, and of theirs. */
  readonly reapedTicks: number;
  readonly rssBytes: number;
  readonly threads: number;
}

/** Every process at one moment, by pid; zombies too. */
export type ProcessTable = ReadonlyMap<number, ProcStat>;

/** The identity alone, fit for the log: a `ProcStat` carries more. */
export const identityOf = ({ pid, startTicks }: OsProcess): OsProcess => ({
  pid,
  startTicks,
});

/**
 * Reads the text of /proc/PID/stat, or answers null when it is none. The name stands in parentheses and may
 * contain spaces, line feeds and parentheses itself, so it ends at the last one.
 */
export const parseStat = (text: string): ProcStat | null => {
  const open = text.indexOf(' (');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(' ');
  /** Counted as in the manual, where the state is field 3. */
  const field = (number: number): number => Number(fields[number - 3]);
  const stat = {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 2, close),
    state: fields[0]!,
    ppid: field(4),
    pgrp: field(5),
    session: field(6),
    utimeTicks: field(14),
    stimeTicks: field(15),
    reapedTicks: field(16) + field(17),
    threads: field(20),
    startTicks: field(22),
    rssBytes: field(24) * pageBytes(),
  };
  return Number.isSafeInteger(stat.pid) && Number.isSafeInteger(stat.startTicks) ? stat : null;
};

/** What the kernel says about a process now, or null when there is none with this pid (or it is hidden). */
export const readStat = (pid: number): ProcStat | null => {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
};

/**
 * Whether it still runs. A zombie does not, unless only its main thread ended (pthread_exit(3) in `main`):
 * the kernel then shows `Z` for the process while its other threads work on.
 */
export const isAlive = (stat: ProcStat): boolean =>
  (stat.state !== 'Z' && stat.state !== 'X') || stat.threads > 1;

/** The stat of exactly this process, alive; null when it ended, even if its pid is in use again. */
export const livingStat = (wanted: OsProcess, table?: ProcessTable): ProcStat | null => {
  const stat = table ? (table.get(wanted.pid) ?? null) : readStat(wanted.pid);
  return stat && stat.startTicks === wanted.startTicks && isAlive(stat) ? stat : null;
};

/** Whether exactly this process is alive. */
export const isSame = (wanted: OsProcess): boolean => livingStat(wanted) !== null;

/**
 * Every process that can be seen, from one pass over /proc. One that ends meanwhile is left out. What `known` has an
 * answer for is not read: that is most of what a pass costs.
 */
export const scan = (
  known: (pid: number) => ProcStat | undefined = () => undefined,
): ProcessTable => {
  const table = new Map<number, ProcStat>();
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first < 0x30 || first > 0x39) continue;
    const stat = known(Number(name)) ?? readStat(Number(name));
    if (stat) table.set(stat.pid, stat);
  }
  return table;
};

/**
 * A process's parent, or undefined when it is not in the table. A table is not taken in one instant: a parent
 * that seems younger than its child is a stranger who got the pid meanwhile.
 */
export const parentOf = (stat: ProcStat, table: ProcessTable): ProcStat | undefined => {
  const parent = table.get(stat.ppid);
  return parent && parent.startTicks <= stat.startTicks ? parent : undefined;
};

/** Children by parent's pid. */
export type ChildrenMap = ReadonlyMap<number, readonly ProcStat[]>;

export const childrenMap = (table: ProcessTable): ChildrenMap => {
  const children = new Map<number, ProcStat[]>();
  for (const stat of table.values()) {
    const parent = parentOf(stat, table);
    if (!parent) continue;
    const siblings = children.get(parent.pid);
    if (siblings) siblings.push(stat);
    else children.set(parent.pid, [stat]);
  }
  return children;
};

/**
 * Everything that comes from these pids, themselves only where one comes from another; `prune` cuts a process
 * off with all that comes from it.
 */
export const descendants = (
  children: ChildrenMap,
  roots: Iterable<number>,
  prune: (stat: ProcStat) => boolean = () => false,
): readonly ProcStat[] => {
  const found = new Map<number, ProcStat>();
  const queue = [...roots];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop())
    for (const child of children.get(pid) ?? []) {
      if (found.has(child.pid) || prune(child)) continue;
      found.set(child.pid, child);
      queue.push(child.pid);
    }
  return [...found.values()];
};

/** What its threads show of a process whose main thread has ended; null when none of them does. */
const environOfThreads = (pid: number): string | null => {
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      if (Number(thread) === pid) continue;
      return readFileSync(`/proc/${pid}/task/${thread}/environ`, 'utf8');
    }
  } catch {
    // It has ended altogether, or this thread has: then it is asked again at the next look.
  }
  return null;
};

/**
 * The environment a process was started with, as `NAME=value` each ended by NUL (proc_pid_environ(5)), or null
 * when it may not be read. What the process changed afterwards does not show, except that a program which
 * writes its title over its environment (setproctitle in postgres, nginx, sshd) leaves the title here instead.
 */
export const environOf = (pid: number): string | null => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch (error) {
    // Without a main thread the kernel answers as for a zombie; see `isAlive`.
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? environOfThreads(pid) : null;
  }
};

/** One variable out of `environOf`, or null. The first one counts, as with getenv(3). */
export const environValue = (environ: string, name: string): string | null => {
  const start = environ.startsWith(`${name}=`) ? 0 : environ.indexOf(`\0${name}=`) + 1;
  if (start === 0 && !environ.startsWith(`${name}=`)) return null;
  const from = start + name.length + 1;
  const end = environ.indexOf('\0', from);
  return environ.slice(from, end < 0 ? undefined : end);
};

/** The argument vector of a process as it shows now, or null when it is gone or a zombie. */
export const argvOf = (pid: number): readonly string[] | null => {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return text === '' ? null : text.replace(/\0$/, '').split('\0');
  } catch {
    return null;
  }
};

import type { ProcessId, SpawnKey } from '../../src/domain/ids.js';
import type { OsProcess } from '../../src/domain/os-process.js';
import type { Census } from '../../src/platform/census.js';
import type { Mark } from '../../src/platform/marker.js';
import {
  childrenMap,
  identityOf,
  type ProcessTable,
  type ProcStat,
} from '../../src/platform/proc.js';
import type { Agenda } from './agenda.js';

/** How a process ended, as wait(2) tells its parent. */
export type End = { readonly code: number } | { readonly signal: string };

/** What a process of the simulated machine is to us; nothing of it is visible to opm but what /proc shows. */
export type Role = 'init' | 'daemon' | 'launcher' | 'program' | 'helper' | 'stranger';

/** Whose run a process belongs to in truth, whatever its environment says. */
export interface RunOf {
  readonly slot: ProcessId;
  readonly key: SpawnKey;
}

export interface Birth {
  readonly role: Role;
  readonly run?: RunOf;
  readonly parent: number;
  readonly comm: string;
  readonly mark: Mark | null;
  /** Leads a session and a group of its own. */
  readonly leads: boolean;
  /** Adopts its orphaned descendants (PR_SET_CHILD_SUBREAPER). */
  readonly reaps?: boolean;
  readonly holds?: Iterable<Inode>;
  /** What it does about a signal other than SIGKILL; it does not die of it unless this says so. */
  readonly onSignal?: (signal: string, self: Proc) => void;
  readonly onChildEnd?: (child: Proc, end: End) => void;
}

/** An opened lock file. Removing the file leaves it to whoever has it open. */
export interface Inode {
  readonly path: string;
  /** Pids that have the one locked description open: fork(2) hands it on. */
  readonly holders: Set<number>;
}

export interface Proc extends OsProcess, Omit<Birth, 'parent' | 'holds' | 'leads' | 'mark'> {
  comm: string;
  role: Role;
  mark: Mark | null;
  parent: number;
  readonly pgrp: number;
  readonly session: number;
  readonly holds: Set<Inode>;
  alive: boolean;
}

const PIDS_FROM = 2;
/** Few enough that pids come round. */
const PIDS_TO = 160;
const TICK_MS = 10;

/** What happens to processes and run files, for whoever judges it. */
export interface Witness {
  signalled(target: Proc, signal: string, by: number): void;
  ended(proc: Proc): void;
}

/** Processes, their signals, locks and small files: one life of the process-id space after another. */
export class Kernel {
  readonly #agenda: Agenda;
  readonly #witness: Witness;
  readonly #procs = new Map<number, Proc>();
  readonly #inodes = new Map<string, Inode>();
  readonly #files = new Map<string, string>();
  readonly #watchers = new Set<(path: string) => void>();
  #bootedAt = 0;
  #lastPid = PIDS_FROM - 1;
  #table: Map<number, ProcStat> | null = null;

  constructor(agenda: Agenda, witness: Witness) {
    this.#agenda = agenda;
    this.#witness = witness;
    this.boot();
  }

  /** Everything is dead; pids and ticks are counted from the beginning. */
  boot(): void {
    for (const proc of this.#procs.values()) proc.alive = false;
    this.#procs.clear();
    this.#inodes.clear();
    this.#watchers.clear();
    this.#bootedAt = this.#agenda.now;
    this.#lastPid = PIDS_FROM - 1;
    this.#table = null;
    const init = { role: 'init', parent: 0, comm: 'init', mark: null, leads: true } as const;
    this.#add(1, init);
  }

  get procs(): Iterable<Proc> {
    return this.#procs.values();
  }

  get(pid: number): Proc | undefined {
    return this.#procs.get(pid);
  }

  /** With the next free pid, unless another is wished for. */
  fork(birth: Birth, pid = this.#nextPid()): Proc {
    return this.#add(pid, birth);
  }

  /** A number that names a living group or session is in use. */
  isFree(wanted: number): boolean {
    for (const { pid, pgrp, session } of this.#procs.values())
      if (pid === wanted || pgrp === wanted || session === wanted) return false;
    return true;
  }

  rename(proc: Proc, comm: string, role: Role): void {
    proc.comm = comm;
    proc.role = role;
    this.#table = null;
  }

  /** Executes something with another environment. */
  dropMark(proc: Proc): void {
    proc.mark = null;
  }

  end(proc: Proc, end: End): void {
    if (!proc.alive) return;
    proc.alive = false;
    this.#procs.delete(proc.pid);
    this.#table = null;
    for (const inode of proc.holds) inode.holders.delete(proc.pid);
    const heir = this.#reaperOf(proc);
    for (const child of this.#procs.values()) if (child.parent === proc.pid) child.parent = heir;
    this.#procs.get(proc.parent)?.onChildEnd?.(proc, end);
    this.#witness.ended(proc);
  }

  /** kill(2) by somebody; what the target does of it is its own. */
  signal(pid: number, signal: string, by: number): boolean {
    const target = this.#procs.get(pid);
    if (!target) return false;
    this.#witness.signalled(target, signal, by);
    if (signal === 'SIGKILL') this.end(target, { signal });
    else target.onSignal?.(signal, target);
    return true;
  }

  /** Every living descendant. */
  below(pid: number): Proc[] {
    const children = [...this.#procs.values()].filter(({ parent }) => parent === pid);
    return children.flatMap((child) => [child, ...this.below(child.pid)]);
  }

  table(): ProcessTable {
    this.#table ??= new Map([...this.#procs.values()].map((proc) => [proc.pid, statOf(proc)]));
    return this.#table;
  }

  census(self: number): Census {
    const table = this.table();
    const marks = new Map<number, Mark>();
    const daemons = new Set<number>();
    for (const { pid, mark, role } of this.#procs.values()) {
      if (mark) marks.set(pid, mark);
      else if (role === 'daemon') daemons.add(pid);
    }
    const argv = (pid: number) => {
      const proc = this.#procs.get(pid);
      return proc ? [proc.comm] : null;
    };
    return { self, table, children: childrenMap(table), marks, daemons, argv };
  }

  /** open(2) of a lock file, made if need be. */
  openLock(path: string): Inode {
    const inode = this.#inodes.get(path) ?? { path, holders: new Set() };
    this.#inodes.set(path, inode);
    return inode;
  }

  /** Who has a lock file open, as /proc shows it. */
  holdersOf(path: string): OsProcess[] {
    const pids = [...(this.#inodes.get(path)?.holders ?? [])];
    return pids.flatMap((pid) => {
      const proc = this.#procs.get(pid);
      return proc ? [identityOf(proc)] : [];
    });
  }

  removeLock(path: string): void {
    this.#inodes.delete(path);
  }

  /** flock(2), exclusive and without waiting. */
  flock(inode: Inode, proc: Proc): boolean {
    if (inode.holders.size > 0) return false;
    inode.holders.add(proc.pid);
    proc.holds.add(inode);
    return true;
  }

  closeLock(inode: Inode, proc: Proc): void {
    inode.holders.delete(proc.pid);
    proc.holds.delete(inode);
  }

  read(path: string): string | null {
    return this.#files.get(path) ?? null;
  }

  /** O_CREAT with O_EXCL: false when it is there. */
  create(path: string): boolean {
    if (this.#files.has(path)) return false;
    this.#files.set(path, '');
    for (const watcher of this.#watchers) watcher(path);
    return true;
  }

  append(path: string, text: string): void {
    this.#files.set(path, (this.#files.get(path) ?? '') + text);
    for (const watcher of this.#watchers) watcher(path);
  }

  watch(watcher: (path: string) => void): { close(): void } {
    this.#watchers.add(watcher);
    return { close: () => this.#watchers.delete(watcher) };
  }

  #add(pid: number, { parent, leads, holds, ...birth }: Birth): Proc {
    const mother = this.#procs.get(parent);
    const startTicks = Math.floor((this.#agenda.now - this.#bootedAt) / TICK_MS);
    const proc: Proc = {
      ...birth,
      pid,
      startTicks,
      parent,
      pgrp: leads ? pid : (mother?.pgrp ?? pid),
      session: leads ? pid : (mother?.session ?? pid),
      holds: new Set(holds ?? []),
      alive: true,
    };
    for (const inode of proc.holds) inode.holders.add(pid);
    this.#procs.set(pid, proc);
    this.#table = null;
    return proc;
  }

  /** Counts upwards and begins anew (`pid_max`). */
  #nextPid(): number {
    do {
      this.#lastPid = this.#lastPid >= PIDS_TO ? PIDS_FROM : this.#lastPid + 1;
    } while (!this.isFree(this.#lastPid));
    return this.#lastPid;
  }

  #reaperOf(proc: Proc): number {
    for (let at = this.#procs.get(proc.parent); at; at = this.#procs.get(at.parent))
      if (at.reaps) return at.pid;
    return 1;
  }
}

const statOf = (proc: Proc): ProcStat => ({
  ...identityOf(proc),
  comm: proc.comm,
  state: 'S',
  ppid: proc.parent,
  pgrp: proc.pgrp,
  session: proc.session,
  utimeTicks: 0,
  stimeTicks: 0,
  reapedTicks: 0,
  rssBytes: 0,
  threads: 1,
});

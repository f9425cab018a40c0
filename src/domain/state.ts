import type { App } from './app.js';
import type { RestoreMember, RestoreSource } from './event.js';
import {
  type AppKey,
  type Epoch,
  type ProcessId,
  processId,
  processOfSpawnKey,
  type RunKey,
  type Seq,
  type SpawnKey,
  seq,
} from './ids.js';
import type { ExitStatus, LogFiles, LogPositions, OsProcess } from './os-process.js';
import type { SpawnReason, StopCause } from './reasons.js';

/** One attempt to have a slot's program alive. */
export interface Run {
  readonly key: SpawnKey;
  readonly reason: SpawnReason;
  /** Seq of its SpawnRequested. */
  readonly seq: Seq;
  readonly requestedAt: number;
  readonly epoch: Epoch;
  /** The restore run that opened it. */
  readonly runKey: RunKey | null;
}

/** The program of a run, as the kernel knows it. `launcher` is null when only the program lives. */
export interface Started {
  readonly program: OsProcess;
  readonly launcher: OsProcess | null;
  readonly startedAt: number;
  readonly adopted: boolean;
  /** Where its output begins; null when its launcher did not say. */
  readonly outputFrom: LogPositions | null;
}

/** Why a process that is not running is not running; `scheduled`: it runs when its time comes. */
export type StoppedBecause =
  | 'new'
  | 'asked'
  | 'ended'
  | 'lost'
  | 'rolled-back'
  | 'killed'
  | 'scheduled';

/** Whether a program that runs has said or shown that it does what it is there for. */
export type Ready =
  | { readonly is: 'ready'; readonly at: number }
  | { readonly is: 'awaited'; readonly dueAt: number }
  | { readonly is: 'overdue'; readonly timeoutMs: number };

/** What is so: one union, with the data of each state. A run is open in the middle three. */
export type Phase =
  | { readonly is: 'stopped'; readonly because: StoppedBecause }
  | { readonly is: 'launching'; readonly run: Run }
  | {
      readonly is: 'online';
      readonly run: Run;
      readonly started: Started;
      readonly ready: Ready;
    }
  | {
      readonly is: 'stopping';
      readonly run: Run;
      readonly started: Started | null;
      readonly cause: StopCause;
      readonly signal: string;
      readonly deadlineAt: number;
      readonly escalated: boolean;
      /** Seq of its StopRequested. */
      readonly seq: Seq;
    }
  | {
      readonly is: 'waiting';
      readonly dueAt: number;
      readonly delayMs: number;
      readonly seq: Seq;
    }
  | {
      /** Its run is opened as soon as what the app depends on is as far as it has to be. */
      readonly is: 'blocked';
      readonly reason: SpawnReason;
      /** The restore run that waits for it. */
      readonly runKey: RunKey | null;
      readonly seq: Seq;
    }
  | { readonly is: 'errored'; readonly failures: number };

export interface LastExit extends ExitStatus {
  /** Epoch ms. */
  readonly at: number;
  /** In words: `exited`, `out of memory`, `lost: …`, `could not be executed: …`. */
  readonly reason: string;
}

/** One numbered slot of an app. */
export interface Process {
  readonly id: ProcessId;
  readonly app: AppKey;
  readonly instance: number;
  readonly logs: LogFiles;
  readonly createdAt: number;
  /** What the user asked for; what is so stands beside it. */
  readonly wanted: 'up' | 'down';
  readonly deleting: boolean;
  readonly phase: Phase;
  /** Runs opened so far: numbers the spawn keys. */
  readonly runs: number;
  /** Restarts by crash or by request since creation or reset. */
  readonly restarts: number;
  /** When unstable runs ended, epoch ms, within the policy's window. */
  readonly failures: readonly number[];
  /** Restarts in a row without a stable run between them: drives the back-off. */
  readonly streak: number;
  /** Whether its open run began before its app was changed in a way that only a new run shows. */
  readonly outdated: boolean;
  /** Whether any program ever ran in this slot: until then a log file of its name is somebody else's. */
  readonly everStarted: boolean;
  readonly lastExit: LastExit | null;
  /** A stop that waits for the processes that depend on this one; its run is open. */
  readonly leaving: { readonly cause: StopCause; readonly seq: Seq } | null;
  /** Last lines of its error output, when it was given up or failed to get ready; until the next run. */
  readonly errorLines: readonly string[];
  /** Ticks of its schedule up to this moment are accounted for; epoch ms. */
  readonly tickedAt: number;
  /** Whether a tick came while its run was open, and another run is to follow. */
  readonly queued: boolean;
}

/** An open restore run. */
export interface RestoreRun {
  readonly runKey: RunKey;
  readonly seq: Seq;
  readonly source: RestoreSource;
  readonly atomic: boolean;
  readonly concurrency: number;
  readonly members: readonly RestoreMember[];
  /** What failed, once the run is being rolled back; null before. */
  readonly rollback: readonly { readonly process: ProcessId; readonly problem: string }[] | null;
}

/** An open reload: its processes are restarted one after another. */
export interface Reload {
  /** Seq of its ReloadRequested. */
  readonly seq: Seq;
  readonly members: readonly ProcessId[];
  /** Whose turn it is, since which event. */
  readonly current: { readonly process: ProcessId; readonly seq: Seq } | null;
}

/** Everything that `decide` looks at. Never mutated once it is returned. */
export interface State {
  /** Seq of the last event folded in; 0 when there is none. */
  readonly seq: Seq;
  readonly epoch: Epoch | null;
  readonly nextProcess: ProcessId;
  readonly apps: ReadonlyMap<AppKey, App>;
  readonly processes: ReadonlyMap<ProcessId, Process>;
  readonly labels: ReadonlyMap<string, Seq>;
  readonly restore: RestoreRun | null;
  readonly reloads: readonly Reload[];
}

export const initialState: State = {
  seq: seq(0),
  epoch: null,
  nextProcess: processId(0),
  apps: new Map(),
  processes: new Map(),
  labels: new Map(),
  restore: null,
  reloads: [],
};

/** The run that is open for a process, or null. */
export const openRun = (process: Process): Run | null => {
  const { phase } = process;
  return phase.is === 'launching' || phase.is === 'online' || phase.is === 'stopping'
    ? phase.run
    : null;
};

/** The process whose open run bears this key, or null when that run is closed: what is told of it is late. */
export const processWithOpenRun = (state: State, key: SpawnKey): Process | null => {
  const id = processOfSpawnKey(key);
  const process = id === null ? undefined : state.processes.get(id);
  return process && openRun(process)?.key === key ? process : null;
};

/** The living program of a process, as far as it is known. */
export const startedOf = (process: Process): Started | null => {
  const { phase } = process;
  return phase.is === 'online' || phase.is === 'stopping' ? phase.started : null;
};

/**
 * Whether opm is to act on a process by itself, whether its program runs or not: it is wanted up, and it is not
 * down because of a kill, a rollback or the end of an epoch, after which a restore has to be asked for.
 */
export const isAttended = ({ wanted, deleting, phase }: Process): boolean => {
  if (wanted === 'down' || deleting) return false;
  return phase.is !== 'stopped' || phase.because === 'ended' || phase.because === 'scheduled';
};

/** Whether its program ended by itself with its work done. */
export const wasDone = ({ phase, lastExit }: Process): boolean =>
  phase.is === 'stopped' && phase.because === 'ended' && lastExit?.code === 0;

/** Why the open run of a process is ending or about to, or null. */
export const endingCause = ({ phase, leaving }: Process): StopCause | null =>
  phase.is === 'stopping' ? phase.cause : (leaving?.cause ?? null);

export const appOf = (state: State, process: Process): App => {
  const app = state.apps.get(process.app);
  if (!app) throw new Error(`process ${process.id} belongs to no app (${process.app})`);
  return app;
};

export const processesOf = (state: State, app: AppKey): Process[] =>
  [...state.processes.values()].filter((process) => process.app === app);

import type { App } from './app.js';
import type {
  ExitStatus,
  LogFiles,
  OsProcess,
  RestoreMember,
  RestoreSource,
  SpawnReason,
  StopCause,
} from './event.js';
import {
  type AppKey,
  type Epoch,
  type ProcessId,
  processId,
  type RunKey,
  type Seq,
  type SpawnKey,
  seq,
} from './ids.js';

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
}

/** Why a process that is not running is not running. */
export type StoppedBecause = 'new' | 'asked' | 'ended' | 'lost' | 'rolled-back' | 'killed';

/** What is so: one union, with the data of each state. A run is open in the middle three. */
export type Phase =
  | { readonly is: 'stopped'; readonly because: StoppedBecause }
  | { readonly is: 'launching'; readonly run: Run }
  | { readonly is: 'online'; readonly run: Run; readonly started: Started }
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
}

export const initialState: State = {
  seq: seq(0),
  epoch: null,
  nextProcess: processId(0),
  apps: new Map(),
  processes: new Map(),
  labels: new Map(),
  restore: null,
};

/** The run that is open for a process, or null. */
export const openRun = (process: Process): Run | null => {
  const { phase } = process;
  return phase.is === 'launching' || phase.is === 'online' || phase.is === 'stopping'
    ? phase.run
    : null;
};

/** The living program of a process, as far as it is known. */
export const startedOf = (process: Process): Started | null => {
  const { phase } = process;
  return phase.is === 'online' || phase.is === 'stopping' ? phase.started : null;
};

export const appOf = (state: State, process: Process): App => {
  const app = state.apps.get(process.app);
  if (!app) throw new Error(`process ${process.id} belongs to no app (${process.app})`);
  return app;
};

export const processesOf = (state: State, app: AppKey): Process[] =>
  [...state.processes.values()].filter((process) => process.app === app);

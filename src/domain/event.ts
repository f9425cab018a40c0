import type { App } from './app.js';
import type { AppKey, Epoch, ProcessId, RequestKey, RunKey, Seq, SpawnKey } from './ids.js';
import type { ExitRecord, LogFiles, LogPositions, OsProcess } from './os-process.js';
import type { PolicyEventData } from './policy-event.js';
import type { LossReason, SpawnReason, StopCause } from './reasons.js';

/** Which set of processes a restore run brings up. */
export type RestoreSource =
  | { readonly kind: 'wanted' }
  | { readonly kind: 'label'; readonly label: string; readonly seq: Seq }
  | { readonly kind: 'seq'; readonly seq: Seq };

/** `spawn`: opened by this run; `coming`: something else is bringing it up; `up`: left alone. */
export type RestoreRole = 'spawn' | 'coming' | 'up';

export interface RestoreMember {
  readonly process: ProcessId;
  readonly role: RestoreRole;
}

export interface RestoreResult {
  readonly process: ProcessId;
  readonly outcome: 'started' | 'already-up' | 'failed' | 'rolled-back' | 'superseded';
  /** Why it is not up, in words; null when it is. */
  readonly problem: string | null;
}

/** Every event's data by type: the whole vocabulary of the log. */
export interface EventData extends PolicyEventData {
  DaemonStarted: {
    readonly pid: number;
    readonly version: string;
    readonly epoch: Epoch;
  };
  DaemonStopped: { readonly reason: string };

  AppDefined: { readonly app: App };
  /** An app is defined otherwise from now on. `keys` differ; `outdates` when its runs must end for them to count. */
  AppChanged: {
    readonly app: App;
    readonly keys: readonly string[];
    readonly outdates: boolean;
  };
  AppRenamed: { readonly app: AppKey; readonly namespace: string; readonly name: string };
  AppScaled: { readonly app: AppKey; readonly instances: number };
  ProcessCreated: {
    readonly process: ProcessId;
    readonly app: AppKey;
    readonly instance: number;
    readonly logs: LogFiles;
  };
  WantedChanged: {
    readonly process: ProcessId;
    readonly wanted: 'up' | 'down';
  };
  DeleteRequested: { readonly process: ProcessId };
  ProcessRemoved: { readonly process: ProcessId };
  CountersReset: { readonly process: ProcessId };
  SignalRequested: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly signal: string;
  };
  SignalSent: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly signal: string;
    readonly delivered: boolean;
  };
  LabelSaved: { readonly label: string };
  /** A request came again under its key and got its first answer; `first` is its first event, null when it had none. */
  RequestRepeated: { readonly first: Seq | null };
  /** The events up to `through` are dropped, except those that the anchor of the log names; `events` of them were left. */
  HistoryPruned: {
    readonly through: Seq;
    readonly events: number;
    /** Digest of the anchor. */
    readonly anchor: string;
  };
  /**
   * Something alive that no open run accounted for was killed. Its process may be gone by now. The key is the one
   * that it bore, or of what bore none the key of the run that it kept from its slot.
   */
  StrayEnded: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly program: OsProcess;
  };

  SpawnRequested: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly reason: SpawnReason;
  };
  ProcessStarted: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly program: OsProcess;
    readonly launcher: OsProcess;
    readonly startedAt: number;
    /** Where its output begins; null when its launcher did not say. */
    readonly outputFrom: LogPositions | null;
  };
  /** The program could not be executed: nothing ran, the run is closed. */
  SpawnFailed: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly stage: string;
    readonly error: string;
  };
  /** Nothing ran under this key and nothing ever can: it is fenced, the run is closed. */
  SpawnAbandoned: { readonly process: ProcessId; readonly spawnKey: SpawnKey };
  /** A second launcher was refused by the kernel. `slot-taken` closes the run, `key-taken` does not. */
  DuplicateSuppressed: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly why: 'slot-taken' | 'key-taken';
  };
  /** A living run was found and taken over; `launcher` is null when only its program lives. */
  ProcessAdopted: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly program: OsProcess;
    readonly launcher: OsProcess | null;
    readonly startedAt: number;
    /** Where its output begins; null when its launcher did not say. */
    readonly outputFrom: LogPositions | null;
  };
  StopRequested: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly cause: StopCause;
    readonly signal: string;
    readonly deadlineAt: number;
  };
  /** Its run ends when the processes that depend on it, which end as well, are gone. */
  StopDeferred: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly cause: StopCause;
    readonly waitsFor: readonly ProcessId[];
  };
  /** A deferred stop that is not wanted any more. */
  StopWithdrawn: { readonly process: ProcessId };
  StopEscalated: { readonly process: ProcessId; readonly spawnKey: SpawnKey };
  ProcessExited: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly exit: ExitRecord;
    /** Where its output ends; null when its launcher did not say. */
    readonly outputTo: LogPositions | null;
  };
  ProcessLost: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly reason: LossReason;
  };
  RestartScheduled: {
    readonly process: ProcessId;
    readonly dueAt: number;
    readonly delayMs: number;
    /** Unstable ends in the window so far, and how many restarts the policy allows there. */
    readonly failures: number;
    readonly maxRestarts: number;
  };
  RestartCancelled: { readonly process: ProcessId };
  ProcessErrored: {
    readonly process: ProcessId;
    readonly failures: number;
    readonly windowMs: number;
  };

  /** Processes that run are restarted one after another, each when the one before is up. */
  ReloadRequested: { readonly members: readonly ProcessId[] };
  /** From here on it is the turn of this process. `reload`: seq of its ReloadRequested. */
  ReloadStepped: { readonly reload: Seq; readonly process: ProcessId };
  ReloadCompleted: {
    readonly reload: Seq;
    readonly failed: { readonly process: ProcessId; readonly problem: string } | null;
    /** Those that it did not come to: they run as they did. */
    readonly left: readonly ProcessId[];
  };

  RestoreRequested: {
    readonly runKey: RunKey;
    readonly source: RestoreSource;
    readonly atomic: boolean;
    readonly concurrency: number;
    readonly members: readonly RestoreMember[];
  };
  /** A restore was asked for while this one was open and brought up the same set. */
  RestoreJoined: { readonly runKey: RunKey };
  RestoreRolledBack: {
    readonly runKey: RunKey;
    readonly failed: readonly {
      readonly process: ProcessId;
      readonly problem: string;
    }[];
  };
  RestoreCompleted: {
    readonly runKey: RunKey;
    readonly outcome: 'up' | 'incomplete' | 'rolled-back';
    readonly results: readonly RestoreResult[];
  };
}

export type EventType = keyof EventData;

/** An event's type and data, as a discriminated union. */
export type Event = {
  [T in EventType]: { readonly type: T; readonly data: EventData[T] };
}[EventType];

/** What `decide` answers with: an event and what led to it. */
export type Decided = Event & {
  /** Seq of the event that led to this one, or null when a request or the world did. */
  readonly causedBy: Seq | null;
  readonly runKey: RunKey | null;
};

/** Who asked. */
export interface Actor {
  readonly uid: number;
  /** The command line that asked, as typed. */
  readonly command: string;
}

/** An event with its place in the log. Times are epoch ms. */
export type Recorded = Decided & {
  readonly seq: Seq;
  readonly id: string;
  readonly at: number;
  /** The request that was being answered, or null for what opm decided by itself. */
  readonly request: { readonly key: RequestKey; readonly actor: Actor } | null;
};

import type { App } from './app.js';
import type { Change, Definition } from './definition.js';
import type { EventData, ExitRecord, LogPositions, OsProcess, RestoreSource } from './event.js';
import type { AppKey, Epoch, ProcessId, RunKey, Seq, SpawnKey } from './ids.js';
import type { LossReason } from './reasons.js';
import type { Target } from './target.js';

/** An app of an earlier moment, and which of its slots were wanted up then. */
export interface WantedApp {
  readonly app: App;
  readonly slots: readonly {
    readonly process: ProcessId;
    readonly instance: number;
  }[];
}

/** `reload`: all, one after another. */
export type RestartScope = 'changed' | 'all' | 'none' | 'reload';

/** What applying definitions comes to for one app. */
export interface PlannedApp {
  readonly app: AppKey;
  readonly does: 'create' | 'change' | 'remove' | 'keep';
  readonly changes: readonly Change[];
  /** What happens to its programs. */
  readonly runs: 'start' | 'restart' | 'stop' | 'stay';
  /** Programs go on with an older definition until they are restarted. */
  readonly outdated: boolean;
}

/** Somebody asks; may be refused. */
export type Request =
  | {
      readonly type: 'StartApps';
      readonly apps: readonly App[];
      /** What a living app of the same name means: an error, or that it is to be brought up. */
      readonly existing: 'refuse' | 'start';
    }
  | {
      /** Makes apps what their definitions say, whether they exist or not. */
      readonly type: 'ApplyApps';
      readonly apps: readonly App[];
      /** Which programs that run are ended and started again, and how. */
      readonly restart: RestartScope;
      /** An app file: apps that it defined and defines no more are removed. Null removes nothing. */
      readonly prune: string | null;
      /** JSON of the plan that somebody said yes to; when another one holds by now, the request is refused. Null takes any. */
      readonly agreed: string | null;
    }
  | {
      /** Changes one app in place, its name included. */
      readonly type: 'AdjustApp';
      readonly app: AppKey;
      readonly to: App;
      /** The definition that was adjusted; when another one holds by now, the request is refused. */
      readonly from: Definition;
      readonly restart: Extract<RestartScope, 'changed' | 'none'>;
    }
  | { readonly type: 'StartProcesses'; readonly targets: readonly Target[] }
  | { readonly type: 'StopProcesses'; readonly targets: readonly Target[] }
  | { readonly type: 'RestartProcesses'; readonly targets: readonly Target[] }
  /** Restarts them one after another. */
  | { readonly type: 'ReloadProcesses'; readonly targets: readonly Target[] }
  | { readonly type: 'DeleteProcesses'; readonly targets: readonly Target[] }
  | { readonly type: 'ResetCounters'; readonly targets: readonly Target[] }
  | {
      readonly type: 'SendSignal';
      readonly targets: readonly Target[];
      readonly signal: string;
    }
  | {
      readonly type: 'ScaleApp';
      readonly target: Target;
      readonly change: { readonly kind: 'to' | 'by'; readonly count: number };
    }
  | { readonly type: 'SaveLabel'; readonly label: string }
  | {
      readonly type: 'Restore';
      readonly runKey: RunKey;
      readonly source: RestoreSource;
      /** The set of an earlier moment; null restores what is wanted now. */
      readonly set: readonly WantedApp[] | null;
      readonly atomic: boolean;
      /** How many may be launching at once; 0 for no bound. */
      readonly concurrency: number;
    }
  | ({ readonly type: 'PruneHistory' } & EventData['HistoryPruned'])
  /** `opm kill`: end every program, leave what is wanted as it is. */
  | { readonly type: 'Shutdown' };

/** What the operating system did to one run. */
export type RunFact =
  | {
      readonly kind: 'started';
      readonly spawnKey: SpawnKey;
      readonly program: OsProcess;
      readonly launcher: OsProcess;
      readonly startedAt: number;
      readonly outputFrom?: LogPositions | null;
    }
  | {
      readonly kind: 'adopted';
      readonly spawnKey: SpawnKey;
      readonly program: OsProcess;
      readonly launcher: OsProcess | null;
      readonly startedAt: number;
      readonly outputFrom?: LogPositions | null;
    }
  | {
      readonly kind: 'ended';
      readonly spawnKey: SpawnKey;
      readonly exit: ExitRecord;
      readonly outputTo?: LogPositions | null;
    }
  | {
      readonly kind: 'failed';
      readonly spawnKey: SpawnKey;
      readonly stage: string;
      readonly error: string;
    }
  | {
      readonly kind: 'lost';
      readonly spawnKey: SpawnKey;
      readonly reason: LossReason;
    }
  | {
      /** The program said so, or a probe found it. */
      readonly kind: 'ready';
      readonly spawnKey: SpawnKey;
      readonly readyAt: number;
    }
  | { readonly kind: 'abandoned'; readonly spawnKey: SpawnKey }
  | {
      readonly kind: 'suppressed';
      readonly spawnKey: SpawnKey;
      readonly why: 'slot-taken' | 'key-taken';
    };

/** Timers name the moment they were armed for, so that one that outlived its cause changes nothing. */
export type Timer =
  | {
      readonly kind: 'restart';
      readonly process: ProcessId;
      readonly dueAt: number;
    }
  | {
      readonly kind: 'stop-deadline';
      readonly spawnKey: SpawnKey;
      readonly dueAt: number;
    }
  | {
      readonly kind: 'ready-deadline';
      readonly spawnKey: SpawnKey;
      readonly dueAt: number;
    }
  | {
      readonly kind: 'reload-verdict';
      readonly reload: Seq;
      readonly process: ProcessId;
      readonly dueAt: number;
    }
  | {
      readonly kind: 'restore-verdict';
      readonly runKey: RunKey;
      readonly dueAt: number;
    };

/** What was alive though no open run accounted for it, and was killed. */
export interface EndedStray {
  readonly spawnKey: SpawnKey;
  readonly program: OsProcess;
}

/** Something happened; cannot be refused. */
export type Report =
  | {
      readonly type: 'DaemonStarted';
      readonly pid: number;
      readonly version: string;
      readonly epoch: Epoch;
    }
  | { readonly type: 'DaemonStopping'; readonly reason: string }
  /** The history is longer than it is to be kept. */
  | ({ readonly type: 'HistoryOutgrown' } & EventData['HistoryPruned'])
  | { readonly type: 'RunsObserved'; readonly facts: readonly RunFact[] }
  | { readonly type: 'TimerFired'; readonly timer: Timer }
  | { readonly type: 'StraysEnded'; readonly strays: readonly EndedStray[] }
  | {
      /** Last lines of the error output of a process that was given up or did not get ready. */
      readonly type: 'ErrorOutputRead';
      readonly process: ProcessId;
      readonly lines: readonly string[];
    }
  | {
      readonly type: 'LivenessLost';
      readonly spawnKey: SpawnKey;
      /** Failures in a row, and what the last one was. */
      readonly failures: number;
      readonly problem: string;
    }
  | {
      readonly type: 'MemoryMeasured';
      readonly spawnKey: SpawnKey;
      /** Above the limit: a measurement below it is not told. */
      readonly memoryBytes: number;
    }
  | {
      readonly type: 'WatchedFilesChanged';
      readonly app: AppKey;
      readonly files: readonly string[];
      readonly more: number;
    }
  | { readonly type: 'TickDue'; readonly process: ProcessId; readonly tickAt: number }
  | {
      readonly type: 'TicksMissed';
      readonly process: ProcessId;
      readonly count: number;
      readonly firstAt: number;
      readonly lastAt: number;
    }
  | {
      readonly type: 'SignalDelivered';
      readonly spawnKey: SpawnKey;
      readonly signal: string;
      readonly delivered: boolean;
    };

/** What a step may know of the world besides the state. */
export interface Context {
  /** Epoch ms. */
  readonly now: number;
  /** Fresh text that makes the spawn keys of this step unique. */
  readonly nonce: string;
}

/** What an accepted request answers at once. */
export interface Answer {
  /** The processes that the request is about. */
  readonly processes: readonly ProcessId[];
  /** Apps that a start found already there. */
  readonly existing: readonly AppKey[];
  /** The restore run that was opened or joined. */
  readonly restore: {
    readonly runKey: RunKey;
    readonly joined: boolean;
  } | null;
  /** What an apply or an adjustment did; null for other requests. */
  readonly plan: readonly PlannedApp[] | null;
  /** Processes that are on their way out. */
  readonly removed: readonly ProcessId[];
  /** Seq of the label, for a save. */
  readonly label: { readonly name: string; readonly seq: Seq } | null;
  /** What was dropped, for a prune. */
  readonly pruned?: { readonly through: Seq; readonly events: number };
}

export type RefusalCode =
  | 'UNKNOWN_TARGET'
  | 'ALREADY_EXISTS'
  | 'INVALID_APP'
  | 'HAS_DEPENDENTS'
  | 'PLAN_CHANGED'
  | 'NOT_RUNNING'
  | 'RESTORE_OPEN'
  | 'RELOAD_OPEN'
  | 'LIMIT_EXCEEDED';

/** A request that was not accepted: nothing changed. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly hint: string;
}

export type Outcome = { readonly answer: Answer } | { readonly refusal: Refusal };

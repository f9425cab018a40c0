import type { EventData } from './event.js';
import type { AppKey, Epoch, ProcessId, RunKey, Seq, SpawnKey } from './ids.js';
import type { ExitRecord, LogPositions, OsProcess } from './os-process.js';
import type { LossReason } from './reasons.js';

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

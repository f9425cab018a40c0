import type { AppKey, ProcessId, SpawnKey } from './ids.js';
import type { SpawnReason } from './reasons.js';

/** What a tick of a schedule comes to. */
export type TickEffect = 'start' | 'restart' | 'queue' | 'skip';

/** The part of the log's vocabulary that tells of policies, readiness and order. */
export interface PolicyEventData {
  /** What the program wrote to its error output last, before it was given up or failed to get ready. */
  ErrorOutputNoted: { readonly process: ProcessId; readonly lines: readonly string[] };

  /** A run is opened as soon as what the app depends on is as far as it has to be. */
  SpawnDeferred: {
    readonly process: ProcessId;
    readonly reason: SpawnReason;
    readonly waitsFor: readonly AppKey[];
  };
  ProcessReady: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    /** Epoch ms. */
    readonly readyAt: number;
  };
  /** It runs, and was not ready in time. It may get ready later. */
  ReadinessOverdue: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly timeoutMs: number;
  };
  /** It is no longer well: so many failures in a row, the last one in words. */
  LivenessFailed: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly failures: number;
    readonly problem: string;
  };
  /** The whole tree held more than it may. */
  MemoryExceeded: {
    readonly process: ProcessId;
    readonly spawnKey: SpawnKey;
    readonly memoryBytes: number;
    readonly maxBytes: number;
    /** Time between two looks: for so long it may have held more unnoticed. Null when nobody wrote it down. */
    readonly intervalMs: number | null;
  };
  /** Files that an app watches changed; `more` counts those that are not named. */
  FilesChanged: {
    readonly app: AppKey;
    readonly files: readonly string[];
    readonly more: number;
  };
  /** From now on the ticks of its schedule count. */
  ScheduleArmed: { readonly process: ProcessId };
  ScheduleTicked: {
    readonly process: ProcessId;
    readonly tickAt: number;
    readonly does: TickEffect;
  };
  /** Ticks that passed while no daemon lived or the machine slept. */
  ScheduleMissed: {
    readonly process: ProcessId;
    readonly count: number;
    readonly firstAt: number;
    readonly lastAt: number;
  };
}

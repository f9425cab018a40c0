import type { App } from '../domain/app.js';
import type { ProcessId, RunKey, SpawnKey } from '../domain/ids.js';
import type { LogFiles } from '../domain/os-process.js';
import type { Timer } from '../domain/report.js';
import type { Started } from '../domain/state.js';

/** How many launches of one restore run may be under way at once. */
export interface Lane {
  readonly runKey: RunKey;
  /** 0 for no bound. */
  readonly concurrency: number;
}

/** A run as the effects need to know it. */
export interface RunTarget {
  readonly process: ProcessId;
  readonly spawnKey: SpawnKey;
  /** Null while the program is not known to have started. */
  readonly started: Started | null;
}

/** What has to be done because an event was recorded. */
export type Effect =
  | {
      readonly type: 'Launch';
      readonly process: ProcessId;
      readonly spawnKey: SpawnKey;
      readonly app: App;
      readonly instance: number;
      readonly logs: LogFiles;
      /** Nothing ever ran in this slot: log files of its name are somebody else's, move them aside. */
      readonly firstRun: boolean;
      readonly lane: Lane | null;
    }
  /** Ask the kernel what became of these open runs, and report it. */
  | { readonly type: 'Inspect'; readonly runs: readonly RunTarget[] }
  /** Keep a launch that has not claimed its key from ever doing so. */
  | { readonly type: 'CancelLaunch'; readonly run: RunTarget }
  | {
      readonly type: 'Terminate';
      readonly run: RunTarget;
      readonly signal: string;
    }
  | { readonly type: 'KillTree'; readonly run: RunTarget }
  | {
      readonly type: 'SendSignal';
      readonly run: RunTarget;
      readonly signal: string;
    }
  | {
      readonly type: 'ArmTimer';
      readonly timer: Timer;
      /** It fires no later than this, however the clock was set since its moment was chosen. */
      readonly withinMs: number;
    }
  /** Read the last lines of a process's error output, to be kept with what went wrong. */
  | {
      readonly type: 'NoteErrorOutput';
      readonly process: ProcessId;
      readonly instance: number;
      /** The run that failed: what others wrote to the file is not told. */
      readonly spawnKey: SpawnKey;
      readonly file: string;
    }
  /** End what still holds a slot though no open run accounts for it. */
  | {
      readonly type: 'EndStrays';
      readonly process: ProcessId;
      /** The run that was refused the slot. */
      readonly spawnKey: SpawnKey;
    }
  /** Take back what a removed process held outside the log. */
  | { readonly type: 'ReleaseSlot'; readonly process: ProcessId };

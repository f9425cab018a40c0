import type { App } from './app.js';
import type { Change, Definition } from './definition.js';
import type { EventData, RestoreSource } from './event.js';
import type { AppKey, ProcessId, RunKey, Seq } from './ids.js';
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

import type { Actor, RestoreResult } from '../domain/event.js';
import type { AppKey, Epoch, ProcessId, RunKey, Seq, SpawnKey } from '../domain/ids.js';
import type { ExitRecord, OsProcess } from '../domain/os-process.js';
import type { LossReason, SpawnReason, StopCause } from '../domain/reasons.js';

/** Where something stands in the log, and when. Epoch ms. */
export interface Mark {
  readonly seq: Seq;
  readonly at: number;
}

/** How a run was closed: its program ended, could not be executed, was lost, or never ran. */
export type RunEnd = Mark &
  (
    | { readonly kind: 'exited'; readonly exit: ExitRecord }
    | { readonly kind: 'failed'; readonly stage: string; readonly error: string }
    /** `seenUntil`: the last moment at which anybody could know of it, epoch ms. */
    | { readonly kind: 'lost'; readonly reason: LossReason; readonly seenUntil: number }
    | { readonly kind: 'abandoned' }
    | { readonly kind: 'refused' }
  );

/** One run with all that happened to it. */
export interface RunRecord {
  readonly process: ProcessId;
  readonly key: SpawnKey;
  /** Null when the request is no longer in the log. */
  readonly requested:
    | (Mark & { readonly reason: SpawnReason; readonly runKey: RunKey | null })
    | null;
  readonly started:
    | (Mark & {
        readonly program: OsProcess;
        readonly startedAt: number;
        /** Null when the start of the daemon is no longer in the log. */
        readonly epoch: Epoch | null;
      })
    | null;
  readonly adoptions: readonly (Mark & { readonly orphan: boolean })[];
  readonly stop:
    | (Mark & { readonly cause: StopCause; readonly signal: string; readonly escalated: boolean })
    | null;
  readonly end: RunEnd | null;
}

/** A run while its history is read. */
export type RunDraft = { -readonly [K in keyof Omit<RunRecord, 'adoptions'>]: RunRecord[K] } & {
  adoptions: (Mark & { orphan: boolean })[];
};

/** One slot of an app with all of its runs, in the order in which they were requested. */
export interface SlotRecord {
  readonly id: ProcessId;
  /** Null when its creation is no longer in the log. */
  app: AppKey | null;
  readonly created: Mark | null;
  removed: Mark | null;
  wanted: 'up' | 'down';
  readonly runs: RunRecord[];
  /** Pauses before a restart. `over`: when it ended, by a start or because it was called off; null until then. */
  readonly waits: (Mark & { readonly dueAt: number; readonly over: number | null })[];
  readonly erroneous: (Mark & { readonly failures: number; readonly windowMs: number })[];
}

/** A slot of which nothing is known yet but to whom it belongs. */
export const emptySlot = (id: ProcessId, app: AppKey | null, created: Mark | null): SlotRecord => ({
  id,
  app,
  created,
  removed: null,
  wanted: 'up',
  runs: [],
  waits: [],
  erroneous: [],
});

/**
 * One life of the daemon. `lastSeen` is its last event: the end, when it died without a word. Of the one that lived
 * where the history begins, `started` is that beginning, and its pid is not known.
 */
export interface DaemonLife {
  readonly started: Mark & { readonly pid: number | null; readonly epoch: Epoch };
  stopped: (Mark & { readonly reason: string }) | null;
  lastSeen: Mark;
}

/** Whether the history begins with the end of this life, of which it therefore tells nothing. */
export const isUnseen = ({ started, lastSeen }: DaemonLife): boolean =>
  started.pid === null && lastSeen.seq === started.seq;

/** `daemon 4711`. */
export const daemonName = ({ started }: DaemonLife): string =>
  started.pid === null ? 'the daemon before it' : `daemon ${started.pid}`;

export interface RestoreRecord {
  readonly runKey: RunKey;
  readonly requested: Mark & { readonly actor: Actor | null };
  readonly joined: (Mark & { readonly actor: Actor | null })[];
  completed:
    | (Mark & { readonly outcome: string; readonly results: readonly RestoreResult[] })
    | null;
}

/** When the program of a run began, or was asked for where none did; epoch ms. */
export const beganAt = ({ started, requested }: RunRecord): number =>
  started?.startedAt ?? requested?.at ?? 0;

/** When nothing of a run was left; null while it is open. */
export const closedAt = ({ end }: RunRecord): number | null => {
  if (end === null) return null;
  return end.kind === 'exited' ? end.exit.closedAt : end.at;
};

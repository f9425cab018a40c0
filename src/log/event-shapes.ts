import type {
  EventData,
  EventType,
  RestoreMember,
  RestoreResult,
  RestoreSource,
} from '../domain/event.js';
import type { AppKey, Epoch, ProcessId, RunKey, Seq, SpawnKey } from '../domain/ids.js';
import type { ExitRecord, LogFiles, LogPositions, OsProcess } from '../domain/os-process.js';
import type { SpawnReason, StopCause } from '../domain/reasons.js';
import { app } from './app-shape.js';
import {
  count,
  flag,
  list,
  nullable,
  number,
  oneOfKinds,
  record,
  type Shape,
  text,
  word,
} from './shape.js';

const process = count<ProcessId>();
const spawnKey = text<SpawnKey>();
const run = { process, spawnKey };

const osProcess = record<OsProcess>({ pid: count(), startTicks: count() });
const logs = record<LogFiles>({ out: text(), error: text() });

const positions = nullable(record<LogPositions>({ out: count(), error: count() }));

const exit = record<ExitRecord>({
  code: nullable(count()),
  signal: nullable(text()),
  coreDumped: flag,
  exitedAt: number,
  closedAt: number,
  userMs: number,
  systemMs: number,
  maxRssBytes: number,
  oomKills: count(),
});

const source = oneOfKinds<RestoreSource>({
  wanted: record({}),
  label: record({ label: text(), seq: count<Seq>() }),
  seq: record({ seq: count<Seq>() }),
});

const member = record<RestoreMember>({
  process,
  role: word({ spawn: true, coming: true, up: true }),
});

const result = record<RestoreResult>({
  process,
  outcome: word({
    started: true,
    'already-up': true,
    failed: true,
    'rolled-back': true,
    superseded: true,
  }),
  problem: nullable(text()),
});

const runKey = text<RunKey>();

const restartCauses = {
  restart: true,
  watch: true,
  memory: true,
  unhealthy: true,
  cron: true,
  schedule: true,
} as const;
const stopCause = word<StopCause>({
  ...restartCauses,
  stop: true,
  delete: true,
  rollback: true,
  kill: true,
});
const spawnReason = word<SpawnReason>({
  ...restartCauses,
  start: true,
  crash: true,
  restore: true,
  scale: true,
  retry: true,
});

/** How the data of every event type is stored, in the newest version of that type. */
export const eventShapes: { readonly [T in EventType]: Shape<EventData[T]> } = {
  DaemonStarted: record({
    pid: count(),
    version: text(),
    epoch: text<Epoch>(),
  }),
  DaemonStopped: record({ reason: text() }),

  AppDefined: record({ app }),
  AppChanged: record({ app, keys: list(text()), outdates: flag }),
  AppRenamed: record({ app: text<AppKey>(), namespace: text(), name: text() }),
  AppScaled: record({ app: text<AppKey>(), instances: count() }),
  ProcessCreated: record({
    process,
    app: text<AppKey>(),
    instance: count(),
    logs,
  }),
  WantedChanged: record({ process, wanted: word({ up: true, down: true }) }),
  DeleteRequested: record({ process }),
  ProcessRemoved: record({ process }),
  CountersReset: record({ process }),
  SignalRequested: record({ ...run, signal: text() }),
  SignalSent: record({ ...run, signal: text(), delivered: flag }),
  LabelSaved: record({ label: text() }),
  RequestRepeated: record({ first: nullable(count<Seq>()) }),
  HistoryPruned: record({ through: count<Seq>(), events: count(), anchor: text() }),
  StrayEnded: record({ ...run, program: osProcess }),

  SpawnRequested: record({
    ...run,
    reason: spawnReason,
  }),
  ProcessStarted: record({
    ...run,
    program: osProcess,
    launcher: osProcess,
    startedAt: number,
    outputFrom: positions,
  }),
  SpawnFailed: record({ ...run, stage: text(), error: text() }),
  SpawnAbandoned: record({ ...run }),
  DuplicateSuppressed: record({
    ...run,
    why: word({ 'slot-taken': true, 'key-taken': true }),
  }),
  ProcessAdopted: record({
    ...run,
    program: osProcess,
    launcher: nullable(osProcess),
    startedAt: number,
    outputFrom: positions,
  }),
  StopRequested: record({
    ...run,
    cause: stopCause,
    signal: text(),
    deadlineAt: number,
  }),
  StopDeferred: record({ ...run, cause: stopCause, waitsFor: list(process) }),
  StopWithdrawn: record({ process }),
  StopEscalated: record({ ...run }),
  ProcessExited: record({ ...run, exit, outputTo: positions }),
  ProcessLost: record({
    ...run,
    reason: word({
      'epoch-ended': true,
      'no-record': true,
      'launcher-killed': true,
    }),
  }),
  RestartScheduled: record({
    process,
    dueAt: number,
    delayMs: number,
    failures: count(),
    maxRestarts: number,
  }),
  RestartCancelled: record({ process }),
  ProcessErrored: record({ process, failures: count(), windowMs: number }),
  ErrorOutputNoted: record({ process, lines: list(text()) }),

  SpawnDeferred: record({ process, reason: spawnReason, waitsFor: list(text<AppKey>()) }),
  ProcessReady: record({ ...run, readyAt: number }),
  ReadinessOverdue: record({ ...run, timeoutMs: number }),
  LivenessFailed: record({ ...run, failures: count(), problem: text() }),
  MemoryExceeded: record({
    ...run,
    memoryBytes: number,
    maxBytes: number,
    intervalMs: nullable(number),
  }),
  FilesChanged: record({ app: text<AppKey>(), files: list(text()), more: count() }),
  ScheduleArmed: record({ process }),
  ScheduleTicked: record({
    process,
    tickAt: number,
    does: word({ start: true, restart: true, queue: true, skip: true }),
  }),
  ScheduleMissed: record({ process, count: count(), firstAt: number, lastAt: number }),

  ReloadRequested: record({ members: list(process) }),
  ReloadStepped: record({ reload: count<Seq>(), process }),
  ReloadCompleted: record({
    reload: count<Seq>(),
    failed: nullable(record({ process, problem: text() })),
    left: list(process),
  }),

  RestoreRequested: record({
    runKey,
    source,
    atomic: flag,
    concurrency: number,
    members: list(member),
  }),
  RestoreJoined: record({ runKey }),
  RestoreRolledBack: record({
    runKey,
    failed: list(record({ process, problem: text() })),
  }),
  RestoreCompleted: record({
    runKey,
    outcome: word({ up: true, incomplete: true, 'rolled-back': true }),
    results: list(result),
  }),
};

/** Every type of event there is. */
export const eventTypes = Object.keys(eventShapes) as readonly EventType[];

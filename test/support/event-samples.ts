import type { EventData, EventType } from '../../src/domain/event.js';
import { appKey, epoch, processId, runKey, seq, spawnKey } from '../../src/domain/ids.js';
import type { ExitRecord } from '../../src/domain/os-process.js';
import { app } from './given.js';

const process = processId(7);
const run = { process, spawnKey: spawnKey('7-2-abc') };
const program = { pid: 4321, startTicks: 987_654 };
const key = runKey('nightly');
const positions = { out: 10, error: 0 };

const exit: ExitRecord = {
  code: 3,
  signal: null,
  coreDumped: false,
  exitedAt: 1_700_000_000_500,
  closedAt: 1_700_000_000_600,
  userMs: 12.5,
  systemMs: 3,
  maxRssBytes: 1 << 20,
  oomKills: 0,
};

/** Some data of every type of event. */
export const eventSamples: { readonly [T in EventType]: EventData[T] } = {
  DaemonStarted: { pid: 1, version: '1.2.3', epoch: epoch('boot-1') },
  DaemonStopped: { reason: 'SIGTERM' },
  AppDefined: {
    app: app('web', {
      env: {
        base: { PATH: '/bin' },
        inherit: true,
        filter: ['SSH_'],
        defaults: { A: '1' },
        files: ['/srv/.env'],
        values: { B: 'zwei', TOKEN: { secret: 'web/TOKEN' } },
        secrets: ['TOKEN'],
        instanceVar: 'N',
        incrementVar: 'PORT',
      },
      source: '/srv/apps.json',
    }),
  },
  AppChanged: { app: app('web', { instances: 2 }), keys: ['env.PORT', 'cwd'], outdates: true },
  AppRenamed: { app: appKey('default', 'web'), namespace: 'shop', name: 'site' },
  AppScaled: { app: appKey('default', 'web'), instances: 3 },
  ProcessCreated: {
    process,
    app: appKey('default', 'web'),
    instance: 0,
    logs: { out: 'web-out.log', error: 'web-error.log' },
  },
  WantedChanged: { process, wanted: 'down' },
  DeleteRequested: { process },
  ProcessRemoved: { process },
  CountersReset: { process },
  SignalRequested: { ...run, signal: 'SIGHUP' },
  SignalSent: { ...run, signal: 'SIGHUP', delivered: true },
  LabelSaved: { label: 'before the release' },
  RequestRepeated: { first: null },
  HistoryPruned: { through: seq(40), events: 38, anchor: 'digest' },
  StrayEnded: { ...run, program },
  SpawnRequested: { ...run, reason: 'crash' },
  ProcessStarted: { ...run, program, launcher: program, startedAt: 1.5, outputFrom: positions },
  SpawnFailed: { ...run, stage: 'exec', error: 'ENOENT' },
  SpawnAbandoned: run,
  DuplicateSuppressed: { ...run, why: 'slot-taken' },
  ProcessAdopted: { ...run, program, launcher: null, startedAt: 2, outputFrom: null },
  StopRequested: { ...run, cause: 'stop', signal: 'SIGTERM', deadlineAt: 99 },
  StopDeferred: { ...run, cause: 'delete', waitsFor: [process] },
  StopWithdrawn: { process },
  StopEscalated: run,
  ProcessExited: { ...run, exit, outputTo: positions },
  ProcessLost: { ...run, reason: 'no-record' },
  RestartScheduled: { process, dueAt: 5, delayMs: 100, failures: 1, maxRestarts: 16 },
  RestartCancelled: { process },
  ProcessErrored: { process, failures: 17, windowMs: 900_000 },
  ErrorOutputNoted: { process, lines: ['no space left'] },
  SpawnDeferred: { process, reason: 'restore', waitsFor: [appKey('default', 'db')] },
  ProcessReady: { ...run, readyAt: 7 },
  ReadinessOverdue: { ...run, timeoutMs: 3000 },
  LivenessFailed: { ...run, failures: 3, problem: 'it answered 500' },
  MemoryExceeded: { ...run, memoryBytes: 200, maxBytes: 100, intervalMs: 1000 },
  FilesChanged: { app: appKey('default', 'web'), files: ['a.js'], more: 2 },
  ScheduleArmed: { process },
  ScheduleTicked: { process, tickAt: 60_000, does: 'queue' },
  ScheduleMissed: { process, count: 3, firstAt: 60_000, lastAt: 180_000 },
  ReloadRequested: { members: [process] },
  ReloadStepped: { reload: seq(3), process },
  ReloadCompleted: { reload: seq(3), failed: { process, problem: 'it is errored' }, left: [] },
  RestoreRequested: {
    runKey: key,
    source: { kind: 'label', label: 'x', seq: seq(3) },
    atomic: true,
    concurrency: 4,
    members: [{ process, role: 'spawn' }],
  },
  RestoreJoined: { runKey: key },
  RestoreRolledBack: { runKey: key, failed: [{ process, problem: 'it exited with code 1' }] },
  RestoreCompleted: {
    runKey: key,
    outcome: 'incomplete',
    results: [{ process, outcome: 'failed', problem: 'it was never started' }],
  },
};

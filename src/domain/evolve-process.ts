import type { App } from './app.js';
import type { EventData, EventType, ExitRecord, Recorded } from './event.js';
import { type Epoch, epoch } from './ids.js';
import { failuresAfter, streakAfter } from './restart-policy.js';
import {
  type LastExit,
  openRun,
  type Phase,
  type Process,
  type StoppedBecause,
  startedOf,
} from './state.js';

const PROCESS_EVENTS = [
  'WantedChanged',
  'DeleteRequested',
  'CountersReset',
  'SpawnRequested',
  'ProcessStarted',
  'SpawnFailed',
  'SpawnAbandoned',
  'DuplicateSuppressed',
  'ProcessAdopted',
  'StopRequested',
  'StopEscalated',
  'ProcessExited',
  'ProcessLost',
  'RestartScheduled',
  'RestartCancelled',
  'ProcessErrored',
] as const satisfies readonly EventType[];

/** The events that change one living process. */
export type ProcessEvent = Extract<Recorded, { type: (typeof PROCESS_EVENTS)[number] }>;

const processEvents: ReadonlySet<EventType> = new Set(PROCESS_EVENTS);
export const isProcessEvent = (event: Recorded): event is ProcessEvent =>
  processEvents.has(event.type);

/** What surrounds the process: its definition and the daemon's epoch. */
interface Surroundings {
  readonly app: App;
  readonly epoch: Epoch | null;
}

const phaseAfterStop = (phase: Extract<Phase, { is: 'stopping' }>): StoppedBecause => {
  switch (phase.cause) {
    case 'stop':
    case 'restart':
    case 'delete':
      return 'asked';
    case 'rollback':
      return 'rolled-back';
    case 'kill':
      return 'killed';
  }
};

/** How a process stands once its run is closed, before anything else is decided. */
const closed = (
  process: Process,
  app: App,
  end: {
    readonly at: number;
    readonly because: StoppedBecause;
    readonly exit: LastExit | null;
  },
): Process => {
  const { phase } = process;
  const lastExit = end.exit ?? process.lastExit;
  if (phase.is === 'stopping') {
    return {
      ...process,
      lastExit,
      phase: { is: 'stopped', because: phaseAfterStop(phase) },
    };
  }
  const stopped = { is: 'stopped', because: end.because } as const;
  if (end.exit === null) return { ...process, phase: stopped };
  const startedAt = startedOf(process)?.startedAt ?? end.at;
  const run = { endedAt: end.at, uptimeMs: end.at - startedAt };
  return {
    ...process,
    lastExit,
    phase: stopped,
    failures: failuresAfter(app.restart, process, run),
    streak: streakAfter(app.restart, process, run),
  };
};

const exitReason = (process: Process, exit: ExitRecord): string => {
  if (process.phase.is === 'stopping') return process.phase.cause;
  return exit.signal === 'SIGKILL' && exit.oomKills > 0 ? 'out of memory' : 'exited';
};

const spawnRequested = (
  process: Process,
  event: Extract<ProcessEvent, { type: 'SpawnRequested' }>,
  current: Epoch | null,
): Process => {
  const { spawnKey, reason } = event.data;
  const byCrash = reason === 'crash' || reason === 'retry';
  return {
    ...process,
    runs: process.runs + 1,
    restarts: process.restarts + (reason === 'crash' || reason === 'restart' ? 1 : 0),
    failures: byCrash ? process.failures : [],
    streak: byCrash ? process.streak : 0,
    outdated: false,
    phase: {
      is: 'launching',
      run: {
        key: spawnKey,
        reason,
        seq: event.seq,
        requestedAt: event.at,
        epoch: current ?? epoch(''),
        runKey: event.runKey,
      },
    },
  };
};

const started = (
  process: Process,
  data: EventData['ProcessStarted'] | EventData['ProcessAdopted'],
  adopted: boolean,
): Process => {
  const run = openRun(process);
  if (!run || run.key !== data.spawnKey) return process;
  const { program, launcher, startedAt } = data;
  const facts = { program, launcher, startedAt, adopted };
  const phase: Phase =
    process.phase.is === 'stopping'
      ? { ...process.phase, started: facts }
      : { is: 'online', run, started: facts };
  return { ...process, everStarted: true, phase };
};

/** The process after one event. */
export const evolveProcess = (
  process: Process,
  event: ProcessEvent,
  { app, epoch }: Surroundings,
): Process => {
  const { phase } = process;
  switch (event.type) {
    case 'WantedChanged': {
      const { wanted } = event.data;
      const idle = phase.is === 'waiting' || phase.is === 'errored';
      if (wanted === 'up' || !idle) return { ...process, wanted };
      return { ...process, wanted, phase: { is: 'stopped', because: 'asked' } };
    }
    case 'DeleteRequested':
      return { ...process, wanted: 'down', deleting: true };
    case 'CountersReset':
      return { ...process, restarts: 0, failures: [], streak: 0 };
    case 'SpawnRequested':
      return spawnRequested(process, event, epoch);
    case 'ProcessStarted':
      return started(process, event.data, false);
    case 'ProcessAdopted':
      return started(process, event.data, true);
    case 'SpawnFailed': {
      const reason = `could not be executed: ${event.data.error}`;
      const exit = { code: null, signal: null, at: event.at, reason };
      return closed(process, app, { at: event.at, because: 'ended', exit });
    }
    case 'SpawnAbandoned':
      return closed(process, app, {
        at: event.at,
        because: 'lost',
        exit: null,
      });
    case 'DuplicateSuppressed':
      if (event.data.why === 'key-taken') return process;
      return closed(process, app, {
        at: event.at,
        because: 'lost',
        exit: null,
      });
    case 'StopRequested': {
      const run = openRun(process);
      if (!run) return process;
      const { cause, signal, deadlineAt } = event.data;
      const stop = {
        cause,
        signal,
        deadlineAt,
        escalated: false,
        seq: event.seq,
      };
      return {
        ...process,
        phase: { is: 'stopping', run, started: startedOf(process), ...stop },
      };
    }
    case 'StopEscalated':
      return phase.is === 'stopping'
        ? { ...process, phase: { ...phase, escalated: true } }
        : process;
    case 'ProcessExited': {
      const { exit: record } = event.data;
      const reason = exitReason(process, record);
      const exit = {
        code: record.code,
        signal: record.signal,
        at: record.exitedAt,
        reason,
      };
      return closed({ ...process, everStarted: true }, app, {
        at: record.exitedAt,
        because: 'ended',
        exit,
      });
    }
    case 'ProcessLost': {
      const exit = {
        code: null,
        signal: null,
        at: event.at,
        reason: `lost: ${event.data.reason}`,
      };
      return closed(process, app, { at: event.at, because: 'lost', exit });
    }
    case 'RestartScheduled': {
      const { dueAt, delayMs } = event.data;
      return {
        ...process,
        phase: { is: 'waiting', dueAt, delayMs, seq: event.seq },
      };
    }
    case 'RestartCancelled':
      return phase.is === 'waiting'
        ? { ...process, phase: { is: 'stopped', because: 'lost' } }
        : process;
    case 'ProcessErrored':
      return {
        ...process,
        phase: { is: 'errored', failures: event.data.failures },
      };
  }
};

import type { App } from './app.js';
import type { EventType, Recorded } from './event.js';
import { evolvePolicy } from './evolve-policy.js';
import { spawnRequested, started } from './evolve-run-begin.js';
import { closed, exitReason } from './evolve-run-end.js';
import type { Epoch } from './ids.js';
import { launchFailure } from './reasons.js';
import { openRun, type Process, startedOf } from './state.js';

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
  'ErrorOutputNoted',
  'SpawnDeferred',
  'StopDeferred',
  'StopWithdrawn',
  'ProcessReady',
  'ReadinessOverdue',
  'LivenessFailed',
  'MemoryExceeded',
  'ScheduleArmed',
  'ScheduleTicked',
  'ScheduleMissed',
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
      if (wanted === 'up') return { ...process, wanted, tickedAt: event.at };
      const idle = phase.is === 'waiting' || phase.is === 'errored' || phase.is === 'blocked';
      const scheduled = phase.is === 'stopped' && phase.because === 'scheduled';
      if (!idle && !scheduled) return { ...process, wanted, queued: false };
      return { ...process, wanted, phase: { is: 'stopped', because: 'asked' } };
    }
    case 'DeleteRequested':
      return { ...process, wanted: 'down', deleting: true };
    case 'CountersReset':
      return { ...process, restarts: 0, failures: [], streak: 0 };
    case 'SpawnRequested':
      return spawnRequested(process, event, epoch);
    case 'ProcessStarted':
    case 'ProcessAdopted':
      return started(process, app, event);
    case 'SpawnFailed': {
      const reason = launchFailure(event.data);
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
        leaving: null,
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
      return phase.is === 'waiting' || phase.is === 'blocked'
        ? { ...process, phase: { is: 'stopped', because: 'lost' } }
        : process;
    case 'ProcessErrored':
      return {
        ...process,
        phase: { is: 'errored', failures: event.data.failures },
      };
    case 'SpawnDeferred': {
      const { reason } = event.data;
      return {
        ...process,
        phase: { is: 'blocked', reason, runKey: event.runKey, seq: event.seq },
      };
    }
    case 'StopDeferred':
      return { ...process, leaving: { cause: event.data.cause, seq: event.seq } };
    case 'StopWithdrawn':
      return { ...process, leaving: null };
    case 'LivenessFailed':
    case 'MemoryExceeded':
      return process;
    case 'ErrorOutputNoted':
    case 'ProcessReady':
    case 'ReadinessOverdue':
    case 'ScheduleArmed':
    case 'ScheduleTicked':
    case 'ScheduleMissed':
      return evolvePolicy(process, event);
  }
};

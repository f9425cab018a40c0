import type { App } from './app.js';
import type { Recorded } from './event.js';
import { type Epoch, epoch } from './ids.js';
import type { SpawnReason } from './reasons.js';
import { openRun, type Phase, type Process, type Ready } from './state.js';

/** Runs that opm opens because the one before went wrong: they begin with its past. */
const KEEPS_FAILURES: ReadonlySet<SpawnReason> = new Set<SpawnReason>([
  'crash',
  'retry',
  'memory',
  'unhealthy',
]);
const IS_RESTART: ReadonlySet<SpawnReason> = new Set<SpawnReason>([
  'crash',
  'restart',
  'watch',
  'memory',
  'unhealthy',
  'cron',
]);

/** A process whose next run is opened. */
export const spawnRequested = (
  process: Process,
  event: Extract<Recorded, { type: 'SpawnRequested' }>,
  current: Epoch | null,
): Process => {
  const { spawnKey, reason } = event.data;
  const forgets = !KEEPS_FAILURES.has(reason);
  return {
    ...process,
    runs: process.runs + 1,
    restarts: process.restarts + (IS_RESTART.has(reason) ? 1 : 0),
    failures: forgets ? [] : process.failures,
    streak: forgets ? 0 : process.streak,
    errorLines: [],
    queued: false,
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

/**
 * A program that was ready before its daemon died is ready still, and one that was late is late; one that was waited for
 * has its time again.
 */
const readyOnceStarted = (
  { phase }: Process,
  { policies }: App,
  startedAt: number,
  now: number,
): Ready => {
  if (phase.is === 'online' && phase.ready.is !== 'awaited') return phase.ready;
  return policies.readiness
    ? { is: 'awaited', dueAt: now + policies.readiness.timeoutMs }
    : { is: 'ready', at: startedAt };
};

/** A process whose program is known to run. */
export const started = (
  process: Process,
  app: App,
  { type, at, data }: Extract<Recorded, { type: 'ProcessStarted' | 'ProcessAdopted' }>,
): Process => {
  const run = openRun(process);
  if (!run || run.key !== data.spawnKey) return process;
  const { program, launcher, startedAt } = data;
  const adopted = type === 'ProcessAdopted';
  const facts = { program, launcher, startedAt, adopted, outputFrom: data.outputFrom };
  const phase: Phase =
    process.phase.is === 'stopping'
      ? { ...process.phase, started: facts }
      : {
          is: 'online',
          run,
          started: facts,
          ready: readyOnceStarted(process, app, startedAt, at),
        };
  return { ...process, everStarted: true, phase };
};

import { blockersOf, hopelessReason } from '../domain/dependency.js';
import type { ProcessId, SpawnKey } from '../domain/ids.js';
import { logFilesOf } from '../domain/log-files.js';
import {
  appOf,
  isAttended,
  type LastExit,
  openRun,
  type Process,
  type State,
  startedOf,
} from '../domain/state.js';
import { spanned } from './wording.js';

export type Status =
  | 'launching'
  | 'online'
  | 'stopping'
  | 'stopped'
  | 'waiting restart'
  | 'errored';

/** One line of the process table. Times in epoch ms. */
export interface Row {
  readonly id: ProcessId;
  readonly name: string;
  readonly namespace: string;
  readonly instance: number;
  readonly status: Status;
  readonly wanted: 'up' | 'down';
  /** The program's, not the launcher's; null when down. */
  readonly pid: number | null;
  readonly startedAt: number | null;
  readonly restarts: number;
  readonly spawnKey: SpawnKey | null;
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly lastExit: LastExit | null;
  readonly adopted: boolean;
  /** Wanted up, but down until somebody restores it: the epoch ended, or it was rolled back or killed. */
  readonly awaitsRestore: boolean;
  readonly nextRestartAt: number | null;
  /** Whether it runs and is ready; without a readiness check every program that runs is. */
  readonly ready: boolean;
  /** Whether it is down until the next time of its schedule. */
  readonly scheduled: boolean;
  /** What keeps it from being started or from being ready, in words, or null. */
  readonly problem: string | null;
  /** Inside the home's `logs/`, or absolute. */
  readonly logs: { readonly out: string; readonly error: string };
}

export interface Load {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}

const statusOf = (process: Process): Status => {
  const { phase } = process;
  if (process.leaving) return 'stopping';
  if (phase.is === 'blocked') return 'launching';
  if (phase.is === 'online' && phase.ready.is === 'awaited') return 'launching';
  return phase.is === 'waiting' ? 'waiting restart' : phase.is;
};

const awaitsRestore = ({ wanted, phase }: Process): boolean =>
  wanted === 'up' &&
  phase.is === 'stopped' &&
  (phase.because === 'lost' || phase.because === 'killed' || phase.because === 'rolled-back');

const problemOf = (state: State, process: Process): string | null => {
  const { phase } = process;
  if (phase.is === 'blocked') {
    const waitsFor = blockersOf(state, process).map(({ app }) => app);
    return hopelessReason(state, process) ?? `it waits for ${waitsFor.join(', ')}`;
  }
  return phase.is === 'online' && phase.ready.is === 'overdue'
    ? `it was not ready within ${spanned(phase.ready.timeoutMs)}`
    : null;
};

const isScheduled = (state: State, process: Process): boolean =>
  process.phase.is === 'stopped' &&
  isAttended(process) &&
  appOf(state, process).policies.schedule !== undefined;

const rowOf = (state: State, process: Process, load: Load | undefined): Row => {
  const app = appOf(state, process);
  const { name, namespace } = app;
  const { id, instance, wanted, restarts, lastExit, phase } = process;
  const started = startedOf(process);
  return {
    id,
    name,
    namespace,
    instance,
    status: statusOf(process),
    wanted,
    pid: started?.program.pid ?? null,
    startedAt: started?.startedAt ?? null,
    restarts,
    spawnKey: openRun(process)?.key ?? null,
    cpuPercent: load?.cpuPercent ?? null,
    memoryBytes: load?.memoryBytes ?? null,
    lastExit,
    adopted: started?.adopted ?? false,
    awaitsRestore: awaitsRestore(process),
    nextRestartAt: phase.is === 'waiting' ? phase.dueAt : null,
    ready: phase.is === 'online' && phase.ready.is === 'ready',
    scheduled: isScheduled(state, process),
    problem: problemOf(state, process),
    logs: logFilesOf(app, process),
  };
};

/** The process table of a state, in order of id. */
export const processTable = (
  state: State,
  loads: ReadonlyMap<ProcessId, Load> = new Map(),
): readonly Row[] =>
  [...state.processes.values()]
    .sort((a, b) => a.id - b.id)
    .map((process) => rowOf(state, process, loads.get(process.id)));

import { isStepSettled, RELOAD_HOLD_MS } from '../domain/decide-reload.js';
import { isSettled, verdictDelay } from '../domain/decide-restore.js';
import type { Recorded } from '../domain/event.js';
import type { ProcessId, Seq, SpawnKey } from '../domain/ids.js';
import { logFilesOf } from '../domain/log-files.js';
import { appOf, openRun, type Process, type State, startedOf } from '../domain/state.js';
import type { Effect, Lane, RunTarget } from './effect.js';

const targetOf = (process: Process): RunTarget | null => {
  const run = openRun(process);
  return (
    run && {
      process: process.id,
      spawnKey: run.key,
      started: startedOf(process),
    }
  );
};

const laneOf = (state: State, event: Recorded): Lane | null => {
  const { restore } = state;
  return restore && event.runKey === restore.runKey
    ? { runKey: restore.runKey, concurrency: restore.concurrency }
    : null;
};

const stopEffects = (process: Process): Effect[] => {
  const { phase } = process;
  const run = targetOf(process);
  if (phase.is !== 'stopping' || !run) return [];
  const { signal, escalated } = phase;
  if (!run.started) return [{ type: 'CancelLaunch', run }];
  if (escalated) return [{ type: 'KillTree', run }];
  return [{ type: 'Terminate', run, signal }];
};

const stopDeadline = (state: State, process: Process): Effect[] => {
  const { phase } = process;
  if (phase.is !== 'stopping' || phase.escalated) return [];
  const { run, deadlineAt: dueAt } = phase;
  const { killTimeoutMs: withinMs } = appOf(state, process).stop;
  const timer = { kind: 'stop-deadline', spawnKey: run.key, dueAt } as const;
  return [{ type: 'ArmTimer', timer, withinMs }];
};

const readyDeadline = (state: State, process: Process): Effect[] => {
  const { phase } = process;
  const { readiness } = appOf(state, process).policies;
  if (phase.is !== 'online' || phase.ready.is !== 'awaited' || !readiness) return [];
  const { dueAt } = phase.ready;
  const timer = { kind: 'ready-deadline', spawnKey: phase.run.key, dueAt } as const;
  return [{ type: 'ArmTimer', timer, withinMs: readiness.timeoutMs }];
};

/**
 * What a state calls for when a daemon begins to look after it: every run that it finds open is asked about,
 * and not those that were opened just now: asking would take their keys from the launchers that are on their way.
 */
const resume = (state: State, begun: Seq): Effect[] => {
  const processes = [...state.processes.values()];
  const runs = processes
    .filter((process) => (openRun(process)?.seq ?? begun) < begun)
    .flatMap((process) => targetOf(process) ?? []);
  const timers = processes.flatMap((process): Effect[] => {
    const { phase, id } = process;
    if (phase.is !== 'waiting') return stopDeadline(state, process);
    const { dueAt, delayMs: withinMs } = phase;
    return [{ type: 'ArmTimer', timer: { kind: 'restart', process: id, dueAt }, withinMs }];
  });
  return runs.length === 0 ? timers : [{ type: 'Inspect', runs }, ...timers];
};

const launch = (state: State, event: Extract<Recorded, { type: 'SpawnRequested' }>): Effect[] => {
  const { process: id, spawnKey } = event.data;
  const process = state.processes.get(id);
  if (!process || openRun(process)?.key !== spawnKey) return [];
  const app = appOf(state, process);
  const logs = logFilesOf(app, process);
  return [
    {
      type: 'Launch',
      process: id,
      spawnKey,
      app,
      instance: process.instance,
      logs,
      // A file that somebody named, or that instances share, is not ours to move.
      firstRun: !process.everStarted && logs === process.logs,
      lane: laneOf(state, event),
    },
  ];
};

const signal = (state: State, event: Extract<Recorded, { type: 'SignalRequested' }>): Effect[] => {
  const process = state.processes.get(event.data.process);
  const run = process && targetOf(process);
  if (!run || run.spawnKey !== event.data.spawnKey) return [];
  return [{ type: 'SendSignal', run, signal: event.data.signal }];
};

const forProcess = (
  state: State,
  id: ProcessId,
  effects: (process: Process) => Effect[],
): Effect[] => {
  const process = state.processes.get(id);
  return process ? effects(process) : [];
};

const noteErrorOutput = (state: State, id: ProcessId, spawnKey: SpawnKey): Effect[] =>
  forProcess(state, id, (process) => [
    {
      type: 'NoteErrorOutput',
      process: id,
      instance: process.instance,
      spawnKey,
      file: logFilesOf(appOf(state, process), process).error,
    },
  ]);

/** What one recorded event calls for, seen from the state after its batch. */
const reaction = (event: Recorded, state: State, batch: readonly Recorded[]): Effect[] => {
  switch (event.type) {
    case 'DaemonStarted':
      return resume(state, event.seq);
    case 'SpawnRequested':
      return launch(state, event);
    case 'StopRequested':
      return forProcess(state, event.data.process, (process) => [
        ...stopEffects(process),
        ...stopDeadline(state, process),
      ]);
    case 'StopEscalated':
      return forProcess(state, event.data.process, stopEffects);
    case 'ProcessStarted':
    case 'ProcessAdopted':
      // A stop may have been asked for before the program was known: now it can be carried out.
      return forProcess(state, event.data.process, (process) => [
        ...stopEffects(process),
        ...readyDeadline(state, process),
      ]);
    case 'ReadinessOverdue':
      return noteErrorOutput(state, event.data.process, event.data.spawnKey);
    case 'ProcessErrored': {
      const end = batch.find(({ seq }) => seq === event.causedBy);
      return end && 'spawnKey' in end.data
        ? noteErrorOutput(state, event.data.process, end.data.spawnKey)
        : [];
    }
    case 'SignalRequested':
      return signal(state, event);
    case 'RestartScheduled': {
      const { process, dueAt, delayMs: withinMs } = event.data;
      return [{ type: 'ArmTimer', timer: { kind: 'restart', process, dueAt }, withinMs }];
    }
    case 'DuplicateSuppressed':
      return event.data.why === 'slot-taken'
        ? [{ type: 'EndStrays', process: event.data.process, spawnKey: event.data.spawnKey }]
        : [];
    case 'ProcessRemoved':
      return [{ type: 'ReleaseSlot', process: event.data.process }];
    case 'DaemonStopped':
    case 'AppDefined':
    case 'AppChanged':
    case 'AppRenamed':
    case 'AppScaled':
    case 'ProcessCreated':
    case 'WantedChanged':
    case 'DeleteRequested':
    case 'CountersReset':
    case 'SignalSent':
    case 'LabelSaved':
    case 'RequestRepeated':
    case 'HistoryPruned':
    case 'StrayEnded':
    case 'RestoreJoined':
    case 'SpawnFailed':
    case 'SpawnAbandoned':
    case 'ProcessExited':
    case 'ProcessLost':
    case 'RestartCancelled':
    case 'ErrorOutputNoted':
    case 'SpawnDeferred':
    case 'StopDeferred':
    case 'StopWithdrawn':
    case 'ProcessReady':
    case 'LivenessFailed':
    case 'MemoryExceeded':
    case 'FilesChanged':
    case 'ScheduleArmed':
    case 'ScheduleTicked':
    case 'ScheduleMissed':
    case 'ReloadRequested':
    case 'ReloadStepped':
    case 'ReloadCompleted':
    case 'RestoreRequested':
    case 'RestoreRolledBack':
    case 'RestoreCompleted':
      return [];
  }
};

/** A restore run of which nothing is on its way up any more is judged, after time to fail. */
const verdict = (state: State, last: Recorded): Effect[] => {
  const { restore } = state;
  if (!restore || restore.rollback || !isSettled(state, restore)) return [];
  const withinMs = verdictDelay(state, restore);
  const dueAt = last.at + withinMs;
  const timer = { kind: 'restore-verdict', runKey: restore.runKey, dueAt } as const;
  return [{ type: 'ArmTimer', timer, withinMs }];
};

/** The current process of a reload that is not on its way up any more is judged, after time to fail. */
const reloadVerdicts = (state: State, last: Recorded): Effect[] =>
  state.reloads.flatMap((reload): Effect[] => {
    if (!reload.current || !isStepSettled(state, reload)) return [];
    const { process } = reload.current;
    const withinMs = RELOAD_HOLD_MS;
    const dueAt = last.at + withinMs;
    const timer = { kind: 'reload-verdict', reload: reload.seq, process, dueAt } as const;
    return [{ type: 'ArmTimer', timer, withinMs }];
  });

/** The effects of one batch of recorded events. Pure; replaying a log never comes here. */
export const plan = (events: readonly Recorded[], state: State): readonly Effect[] => {
  const last = events.at(-1);
  if (!last) return [];
  return [
    ...events.flatMap((event) => reaction(event, state, events)),
    ...verdict(state, last),
    ...reloadVerdicts(state, last),
  ];
};

import type { Decision, Why } from './decision.js';
import { blockersOf, type Dependents, dependentsAmong, endingDependents } from './dependency.js';
import type { ProcessId, Seq } from './ids.js';
import type { RestartCause, SpawnReason, StopCause } from './reasons.js';
import { appOf, openRun, type Process } from './state.js';

/**
 * What a request or a policy does to one process, whatever state it is in. The last accepted request wins: it
 * sets what is wanted, and when the open run is closed that is what is looked at.
 */

/** Opens a run, now or as soon as what the app depends on is as far as it has to be. */
export const spawnInTurn = (
  decision: Decision,
  id: ProcessId,
  reason: SpawnReason,
  why: Why = {},
): void => {
  const blockers = blockersOf(decision.state, decision.process(id));
  if (blockers.length === 0) {
    decision.spawn(id, reason, why);
    return;
  }
  const waitsFor = blockers.map(({ app }) => app);
  decision.emit('SpawnDeferred', { process: id, reason, waitsFor }, why);
};

/** Sees to it that a process runs at the ticks of its schedule; whether it has one. */
export const arm = (decision: Decision, process: Process): boolean => {
  if (!appOf(decision.state, process).policies.schedule) return false;
  const { phase } = process;
  const armed = phase.is === 'stopped' && phase.because === 'scheduled';
  if (!armed) decision.emit('ScheduleArmed', { process: process.id });
  return true;
};

/** Brings up what a blocked process waits for, unless that has done its work. */
const bringUpBlockers = (decision: Decision, id: ProcessId): void => {
  for (const { processes } of blockersOf(decision.state, decision.process(id))) {
    for (const blocker of processes) {
      const now = decision.process(blocker.id);
      if (now.phase.is !== 'online') bringUp(decision, now);
    }
  }
};

/** Wanted up from now on; opens a run unless one is open already, and brings up what it depends on. */
export const bringUp = (
  decision: Decision,
  { id }: Process,
  reason: SpawnReason = 'start',
  because: Seq | null = null,
): void => {
  // As it stands now: what depends on it may have brought it up a moment ago.
  const process = decision.process(id);
  if (process.deleting) return;
  const { phase, leaving } = process;
  decision.want(id, 'up');
  // One that is about to be restarted comes up anyway.
  if (leaving && leaving.cause !== 'restart')
    decision.emit('StopWithdrawn', { process: id }, { because: leaving.seq });
  switch (phase.is) {
    case 'launching':
    case 'online':
      return;
    case 'blocked':
      bringUpBlockers(decision, id);
      return;
    case 'stopping':
      // As it is wanted up, a new run follows, except where the stop itself says that none does.
      if (phase.cause === 'rollback' || phase.cause === 'kill') {
        decision.stop(id, phase.run.key, 'restart');
      }
      return;
    case 'stopped':
    case 'waiting':
    case 'errored':
      if (reason === 'start' && arm(decision, process)) return;
      spawnInTurn(decision, id, reason, { because });
      if (decision.process(id).phase.is === 'blocked') bringUpBlockers(decision, id);
  }
};

const isRunning = ({ phase }: Process): boolean =>
  phase.is === 'launching' || phase.is === 'online';

/** Ends an open run, or has it wait for its dependents among `group`, which end as well. */
const leave = (
  decision: Decision,
  process: Process,
  cause: StopCause,
  group: Dependents,
  because: Seq | null = null,
): void => {
  const run = openRun(process);
  if (!run) return;
  const waitsFor = (group.get(process.app) ?? []).filter(
    (id) => id !== process.id && openRun(decision.process(id)) !== null,
  );
  if (waitsFor.length === 0) {
    decision.stop(process.id, run.key, cause, { because });
    return;
  }
  const data = { process: process.id, spawnKey: run.key, cause, waitsFor };
  decision.emit('StopDeferred', data, { because });
};

/** Wanted down from now on; the open runs end, those of dependents first. */
export const takeDown = (decision: Decision, processes: readonly Process[]): void => {
  const group = dependentsAmong(decision.state, processes);
  for (const { id } of processes) decision.want(id, 'down');
  for (const { id } of processes) {
    const process = decision.process(id);
    if (isRunning(process) && !process.leaving) leave(decision, process, 'stop', group);
  }
};

/** Ends the open run, if any, and opens another. */
export const restart = (
  decision: Decision,
  process: Process,
  cause: RestartCause = 'restart',
  because: Seq | null = null,
): void => {
  const run = openRun(process);
  if (process.deleting || !run || !isRunning(process)) {
    bringUp(decision, process, cause, because);
    return;
  }
  decision.want(process.id, 'up');
  decision.stop(process.id, run.key, cause, { because });
};

/** Ends the open runs, those of dependents first, and opens others in turn. */
export const restartAll = (decision: Decision, processes: readonly Process[]): void => {
  const group = dependentsAmong(decision.state, processes);
  for (const { id } of processes) {
    const process = decision.process(id);
    if (process.deleting || !isRunning(process)) {
      bringUp(decision, process, 'restart');
      continue;
    }
    decision.want(id, 'up');
    leave(decision, process, 'restart', group);
  }
};

/** Gone for ever, once their runs are closed, those of dependents first. */
export const remove = (
  decision: Decision,
  processes: readonly Process[],
  because: Seq | null = null,
): void => {
  const going = processes.filter(({ deleting }) => !deleting);
  const group = dependentsAmong(decision.state, going);
  for (const { id } of going) {
    const asked = decision.emit('DeleteRequested', { process: id }, { because });
    const process = decision.process(id);
    if (openRun(process) === null) {
      decision.emit('ProcessRemoved', { process: id }, { because: asked });
    } else if (isRunning(process)) leave(decision, process, 'delete', group, asked);
  }
};

/** Down for now, dependents first, with what is wanted left as it is. */
export const suspend = (
  decision: Decision,
  processes: readonly Process[],
  cause: 'kill' | 'rollback',
  because: Seq | null = null,
): void => {
  const group = dependentsAmong(decision.state, processes);
  for (const { id } of processes) {
    const process = decision.process(id);
    const { phase } = process;
    const goesOn =
      phase.is === 'stopping' &&
      process.wanted === 'up' &&
      phase.cause !== 'kill' &&
      phase.cause !== 'rollback';
    if (isRunning(process)) leave(decision, process, cause, group, because);
    else if (goesOn) decision.stop(id, phase.run.key, cause, { because });
    else if (phase.is === 'waiting' || phase.is === 'blocked') {
      decision.emit('RestartCancelled', { process: id }, { because });
    }
  }
};

/** What is due now that everything else is decided: runs whose dependencies hold, stops whose dependents are gone. */
export const advance = (decision: Decision): void => {
  const waiting: Process[] = [];
  for (const process of decision.state.processes.values())
    if (process.phase.is === 'blocked' || process.leaving) waiting.push(process);
  for (const { id, phase, leaving } of waiting) {
    if (phase.is === 'blocked' && blockersOf(decision.state, decision.process(id)).length === 0) {
      decision.spawn(id, phase.reason, { because: phase.seq, runKey: phase.runKey });
    } else if (leaving && endingDependents(decision.state, decision.process(id)).length === 0) {
      const run = openRun(decision.process(id));
      if (run) decision.stop(id, run.key, leaving.cause, { because: leaving.seq });
    }
  }
};

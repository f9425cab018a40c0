import { keyOf } from './app.js';
import { defineApp } from './decide-start.js';
import type { Decision } from './decision.js';
import { hopelessReason } from './dependency.js';
import type { RestoreMember, RestoreResult, RestoreRole } from './event.js';
import type { ProcessId, Seq } from './ids.js';
import { arm, spawnInTurn, suspend } from './lifecycle.js';
import { accept, refuse } from './outcome.js';
import type { Outcome, Request, WantedApp } from './request.js';
import {
  appOf,
  endingCause,
  type LastExit,
  openRun,
  type Process,
  processesOf,
  type RestoreRun,
  type State,
  wasDone,
} from './state.js';

/** How long after the last launch a restore run is judged: time for a program to fail at once. */
const VERDICT_DELAY_MS = 200;

/** The slots of an earlier moment as they are now; what was deleted since is defined anew. */
const reviveSet = (decision: Decision, set: readonly WantedApp[]): ProcessId[] =>
  set.flatMap(({ app, slots }) => {
    const living = (process: Process | undefined) => process && !process.deleting;
    const found: ProcessId[] = [];
    const missing: number[] = [];
    for (const slot of slots) {
      const twin = processesOf(decision.state, keyOf(app)).find(
        (process) => process.instance === slot.instance,
      );
      const process = [decision.state.processes.get(slot.process), twin].find(living);
      if (process) found.push(process.id);
      else missing.push(slot.instance);
    }
    return missing.length === 0 ? found : [...found, ...defineApp(decision, app, missing)];
  });

const wantedUp = (state: State): ProcessId[] =>
  [...state.processes.values()]
    .filter((process) => process.wanted === 'up' && !process.deleting)
    .map(({ id }) => id);

const roleOf = (state: State, process: Process): RestoreRole => {
  const { phase } = process;
  switch (phase.is) {
    case 'online':
      return phase.ready.is === 'awaited' ? 'coming' : 'up';
    case 'launching':
    case 'stopping':
    case 'blocked':
      return 'coming';
    case 'stopped':
    case 'waiting':
    case 'errored':
      return appOf(state, process).policies.schedule ? 'up' : 'spawn';
  }
};

/** Opens a restore run with all its intents, or joins the one that is open. */
export const restore = (
  decision: Decision,
  request: Extract<Request, { type: 'Restore' }>,
): Outcome => {
  const open = decision.state.restore;
  if (open) {
    if (JSON.stringify(open.source) === JSON.stringify(request.source)) {
      const { runKey, seq: because } = open;
      const processes = open.members.map((member) => member.process);
      decision.emit('RestoreJoined', { runKey }, { because, runKey });
      return accept({
        processes,
        restore: { runKey, joined: true },
      });
    }
    return refuse(
      'RESTORE_OPEN',
      `restore run ${open.runKey} is open and brings up another set`,
      'wait until it is completed',
    );
  }
  const { runKey, source, atomic, concurrency } = request;
  const processes = request.set ? reviveSet(decision, request.set) : wantedUp(decision.state);
  for (const id of processes) decision.want(id, 'up');
  const members: RestoreMember[] = processes.map((id) => ({
    process: id,
    role: roleOf(decision.state, decision.process(id)),
  }));
  const asked = decision.emit(
    'RestoreRequested',
    { runKey, source, atomic, concurrency, members },
    { runKey },
  );
  for (const { process: id, role } of members) {
    const process = decision.process(id);
    if (role === 'spawn') spawnInTurn(decision, id, 'restore', { because: asked, runKey });
    else if (role === 'up' && openRun(process) === null) arm(decision, process);
  }
  if (members.every(({ role }) => role === 'up')) complete(decision);
  return accept({ processes, restore: { runKey, joined: false } });
};

/** Whether nothing of the run is on its way up any more. */
export const isSettled = (state: State, run: RestoreRun): boolean =>
  run.members.every(({ process: id }) => {
    const process = state.processes.get(id);
    if (!process) return true;
    if (run.rollback) return openRun(process) === null || endingCause(process) === null;
    const { phase, leaving } = process;
    if (leaving) return process.wanted === 'down';
    if (phase.is === 'online') return phase.ready.is !== 'awaited';
    if (phase.is === 'blocked') return hopelessReason(state, process) !== null;
    return phase.is !== 'launching' && !(phase.is === 'stopping' && process.wanted === 'up');
  });

/** Delay from the last launch to the verdict, ms: an atomic run waits until its programs are stable. */
export const verdictDelay = (state: State, run: RestoreRun): number => {
  if (!run.atomic) return VERDICT_DELAY_MS;
  const uptimes = run.members.map(({ process: id }) => {
    const process = state.processes.get(id);
    return process ? appOf(state, process).restart.minUptimeMs : 0;
  });
  return Math.max(VERDICT_DELAY_MS, ...uptimes);
};

const describeExit = (exit: LastExit | null): string => {
  if (!exit) return 'it was never started';
  if (exit.signal) return `it was ended by ${exit.signal} (${exit.reason})`;
  return exit.code === null ? `it ${exit.reason}` : `it exited with code ${exit.code}`;
};

/** Why a process did not come up since an event, or null when it did, or has done its work already. */
export const problemOf = (
  state: State,
  process: Process,
  run: { readonly seq: Seq },
): string | null => {
  const { phase } = process;
  switch (phase.is) {
    case 'online':
      if (phase.ready.is === 'overdue')
        return `it was not ready within ${phase.ready.timeoutMs} ms`;
      // It crashed since: whether the run that followed lasts is not known yet.
      return phase.run.reason === 'crash' && phase.run.seq > run.seq
        ? describeExit(process.lastExit)
        : null;
    case 'launching':
      return 'it is still being launched';
    case 'stopping':
      return 'it is being stopped';
    case 'blocked':
      return hopelessReason(state, process) ?? 'it still waits for what it depends on';
    case 'stopped':
      if (appOf(state, process).policies.schedule || wasDone(process)) return null;
      return describeExit(process.lastExit);
    case 'waiting':
    case 'errored':
      return describeExit(process.lastExit);
  }
};

const resultOf = (state: State, run: RestoreRun, member: RestoreMember): RestoreResult => {
  const process = state.processes.get(member.process);
  const id = member.process;
  const superseded = !process || process.deleting || process.wanted === 'down';
  if (superseded) return { process: id, outcome: 'superseded', problem: null };
  const failed = run.rollback?.find((failure) => failure.process === id);
  const problem = failed ? failed.problem : problemOf(state, process, run);
  if (failed) return { process: id, outcome: 'failed', problem };
  if (run.rollback && member.role === 'spawn') {
    return {
      process: id,
      outcome: 'rolled-back',
      problem: 'another one did not come up',
    };
  }
  if (problem !== null) return { process: id, outcome: 'failed', problem };
  return {
    process: id,
    outcome: member.role === 'up' ? 'already-up' : 'started',
    problem: null,
  };
};

const complete = (decision: Decision): void => {
  const run = decision.state.restore;
  if (!run) return;
  const results = run.members.map((member) => resultOf(decision.state, run, member));
  const incomplete = results.some(({ outcome }) => outcome === 'failed');
  const outcome = run.rollback ? 'rolled-back' : incomplete ? 'incomplete' : 'up';
  const { runKey, seq } = run;
  decision.emit('RestoreCompleted', { runKey, outcome, results }, { because: seq, runKey });
};

/** The verdict on a restore run whose members had time to fail. */
export const judgeRestore = (decision: Decision): void => {
  const run = decision.state.restore;
  if (!run || run.rollback || !isSettled(decision.state, run)) return;
  const failed = run.members
    .map((member) => resultOf(decision.state, run, member))
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ process, problem }) => ({ process, problem: problem ?? '' }));
  if (!run.atomic || failed.length === 0) {
    complete(decision);
    return;
  }
  const { runKey } = run;
  const rolledBack = decision.emit(
    'RestoreRolledBack',
    { runKey, failed },
    { because: run.seq, runKey },
  );
  const begun = run.members.flatMap(({ process: id, role }) => {
    const process = role === 'spawn' ? decision.state.processes.get(id) : undefined;
    return process ? [process] : [];
  });
  suspend(decision, begun, 'rollback', rolledBack);
  completeRollback(decision);
};

/** Closes a run that is rolled back, as soon as nothing that it started is left. */
export const completeRollback = (decision: Decision): void => {
  const run = decision.state.restore;
  if (run?.rollback && isSettled(decision.state, run)) complete(decision);
};

import { adjustApp, applyApps } from './decide-apply.js';
import { endReloads, reload } from './decide-reload.js';
import { restore } from './decide-restore.js';
import { scaleApp, startApps } from './decide-start.js';
import type { Decision } from './decision.js';
import { bringUp, remove, restartAll, suspend, takeDown } from './lifecycle.js';
import { accept, refuse, unknownTarget } from './outcome.js';
import type { Outcome, Request } from './request.js';
import { openRun, type Process } from './state.js';
import { resolveTargets, type Target } from './target.js';

/** Does something to all processes that the targets name together. */
const withAll = (
  decision: Decision,
  targets: readonly Target[],
  act: (processes: readonly Process[]) => void,
): Outcome => {
  const resolved = resolveTargets(decision.state, targets);
  if ('unknown' in resolved) return unknownTarget(resolved.unknown, resolved.suggestion);
  act(resolved.processes);
  return accept({ processes: resolved.processes.map(({ id }) => id) });
};

/** Does something to every process that the targets name, as it stands when its turn comes. */
const forEach = (
  decision: Decision,
  targets: readonly Target[],
  act: (process: Process) => void,
): Outcome =>
  withAll(decision, targets, (processes) => {
    for (const { id } of processes) act(decision.process(id));
  });

const sendSignal = (decision: Decision, targets: readonly Target[], signal: string): Outcome => {
  const signalled: Process[] = [];
  const outcome = forEach(decision, targets, (process) => {
    const run = openRun(process);
    if (process.phase.is !== 'online' || !run) return;
    signalled.push(process);
    decision.emit('SignalRequested', {
      process: process.id,
      spawnKey: run.key,
      signal,
    });
  });
  if ('refusal' in outcome) return outcome;
  if (signalled.length > 0) return accept({ processes: signalled.map(({ id }) => id) });
  return refuse('NOT_RUNNING', 'none of the processes is online', '`opm list` shows their status');
};

/** `opm kill`: ends every run and leaves what is wanted as it is. */
const shutdown = (decision: Decision): Outcome => {
  const processes = [...decision.state.processes.values()];
  endReloads(decision);
  suspend(decision, processes, 'kill');
  return accept({ processes: processes.map(({ id }) => id) });
};

/** What a request comes to. Exhaustive by return type. */
export const decideRequest = (decision: Decision, request: Request): Outcome => {
  switch (request.type) {
    case 'StartApps':
      return startApps(decision, request);
    case 'ApplyApps':
      return applyApps(decision, request);
    case 'AdjustApp':
      return adjustApp(decision, request);
    case 'StartProcesses':
      return forEach(decision, request.targets, (process) => bringUp(decision, process));
    case 'StopProcesses':
      return withAll(decision, request.targets, (processes) => takeDown(decision, processes));
    case 'RestartProcesses':
      return withAll(decision, request.targets, (processes) => restartAll(decision, processes));
    case 'ReloadProcesses':
      return reload(decision, request);
    case 'DeleteProcesses':
      return withAll(decision, request.targets, (processes) => remove(decision, processes));
    case 'ResetCounters':
      return forEach(decision, request.targets, ({ id }) =>
        decision.emit('CountersReset', { process: id }),
      );
    case 'SendSignal':
      return sendSignal(decision, request.targets, request.signal);
    case 'ScaleApp':
      return scaleApp(decision, request);
    case 'SaveLabel': {
      const seq = decision.emit('LabelSaved', { label: request.label });
      return accept({ label: { name: request.label, seq } });
    }
    case 'Restore':
      return restore(decision, request);
    case 'PruneHistory': {
      const { through, events, anchor } = request;
      decision.emit('HistoryPruned', { through, events, anchor });
      return accept({ pruned: { through, events } });
    }
    case 'Shutdown':
      return shutdown(decision);
  }
};

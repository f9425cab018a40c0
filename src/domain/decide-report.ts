import { decidePolicy, missReadiness } from './decide-policy.js';
import { endReloads, judgeReload } from './decide-reload.js';
import { completeRollback, judgeRestore } from './decide-restore.js';
import { decideRunFact } from './decide-run-fact.js';
import type { Decision } from './decision.js';
import { processOfSpawnKey } from './ids.js';
import type { Report, Timer } from './report.js';
import { openRun, type Process, processWithOpenRun } from './state.js';

/** What waits for its dependencies in vain: they are gone with the epoch, and no restore brings them back. */
const isForlorn = ({ state }: Decision, { id, phase }: Process): boolean =>
  phase.is === 'blocked' && !state.restore?.members.some(({ process }) => process === id);

/**
 * A new life of the daemon. In a new epoch nothing of the old one is alive, whatever the log says:
 * open runs are lost, and nothing is started by itself except what an open restore run still owes.
 */
const daemonStarted = (decision: Decision, report: Extract<Report, { type: 'DaemonStarted' }>) => {
  const { pid, version, epoch } = report;
  const sameEpoch = decision.state.epoch === epoch;
  const because = decision.emit('DaemonStarted', { pid, version, epoch });
  if (sameEpoch) return;
  endReloads(decision);
  for (const process of [...decision.state.processes.values()]) {
    const run = openRun(process);
    if (run && run.epoch !== epoch) {
      decideRunFact(decision, process, {
        kind: 'lost',
        spawnKey: run.key,
        reason: 'epoch-ended',
      });
    } else if (process.phase.is === 'waiting' || isForlorn(decision, process)) {
      decision.emit('RestartCancelled', { process: process.id }, { because });
    }
  }
  completeRollback(decision);
};

const timerFired = (decision: Decision, timer: Timer): void => {
  switch (timer.kind) {
    case 'restart': {
      const process = decision.state.processes.get(timer.process);
      if (process?.phase.is !== 'waiting' || process.phase.dueAt !== timer.dueAt) return;
      decision.spawn(process.id, 'crash', { because: process.phase.seq });
      return;
    }
    case 'stop-deadline': {
      const process = processWithOpenRun(decision.state, timer.spawnKey);
      if (process?.phase.is !== 'stopping' || process.phase.deadlineAt !== timer.dueAt) return;
      if (process.phase.escalated) return;
      const data = { process: process.id, spawnKey: timer.spawnKey };
      decision.emit('StopEscalated', data, { because: process.phase.seq });
      return;
    }
    case 'ready-deadline': {
      const process = processWithOpenRun(decision.state, timer.spawnKey);
      if (process?.phase.is !== 'online') return;
      const { ready } = process.phase;
      if (ready.is === 'awaited' && ready.dueAt === timer.dueAt) missReadiness(decision, process);
      return;
    }
    case 'reload-verdict':
      judgeReload(decision, timer.reload, timer.process);
      return;
    case 'restore-verdict':
      if (decision.state.restore?.runKey === timer.runKey) judgeRestore(decision);
      return;
  }
};

export const decideReport = (decision: Decision, report: Report): void => {
  switch (report.type) {
    case 'DaemonStarted':
      daemonStarted(decision, report);
      return;
    case 'DaemonStopping':
      decision.emit('DaemonStopped', { reason: report.reason });
      return;
    case 'RunsObserved':
      for (const fact of report.facts) {
        const process = processWithOpenRun(decision.state, fact.spawnKey);
        if (process) decideRunFact(decision, process, fact);
      }
      completeRollback(decision);
      return;
    case 'TimerFired':
      timerFired(decision, report.timer);
      return;
    case 'HistoryOutgrown': {
      const { through, events, anchor } = report;
      decision.emit('HistoryPruned', { through, events, anchor });
      return;
    }
    case 'StraysEnded':
      for (const { spawnKey, program } of report.strays) {
        const process = processOfSpawnKey(spawnKey);
        if (process !== null) decision.emit('StrayEnded', { process, spawnKey, program });
      }
      return;
    case 'ErrorOutputRead':
    case 'LivenessLost':
    case 'MemoryMeasured':
    case 'WatchedFilesChanged':
    case 'TickDue':
    case 'TicksMissed':
      decidePolicy(decision, report);
      return;
    case 'SignalDelivered': {
      const process = processWithOpenRun(decision.state, report.spawnKey);
      if (!process) return;
      const { spawnKey, signal, delivered } = report;
      decision.emit('SignalSent', {
        process: process.id,
        spawnKey,
        signal,
        delivered,
      });
      return;
    }
  }
};

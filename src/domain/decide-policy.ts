import type { Decision } from './decision.js';
import type { Seq } from './ids.js';
import { restart, spawnInTurn } from './lifecycle.js';
import { type Schedule, TICK_SLACK_MS } from './policy.js';
import type { TickEffect } from './policy-event.js';
import type { Report } from './report.js';
import {
  appOf,
  endingCause,
  isAttended,
  openRun,
  type Process,
  processesOf,
  processWithOpenRun,
} from './state.js';

type PolicyReport = Extract<
  Report,
  {
    type:
      | 'ErrorOutputRead'
      | 'LivenessLost'
      | 'MemoryMeasured'
      | 'WatchedFilesChanged'
      | 'TickDue'
      | 'TicksMissed';
  }
>;

/** A program that runs and was not ready in time: it is left alone, and everybody who waits for it is told. */
export const missReadiness = (decision: Decision, process: Process): void => {
  const run = openRun(process);
  const { readiness } = appOf(decision.state, process).policies;
  if (!run || !readiness) return;
  const data = { process: process.id, spawnKey: run.key, timeoutMs: readiness.timeoutMs };
  decision.emit('ReadinessOverdue', data, { because: run.seq, runKey: run.runKey });
};

/** What the report is about, if its program is up and nobody is ending it. */
const undisturbed = (
  decision: Decision,
  { spawnKey }: Extract<PolicyReport, { spawnKey: unknown }>,
): Process | null => {
  const process = processWithOpenRun(decision.state, spawnKey);
  return process?.phase.is === 'online' && !process.leaving ? process : null;
};

const loseLiveness = (
  decision: Decision,
  report: Extract<PolicyReport, { type: 'LivenessLost' }>,
): void => {
  const process = undisturbed(decision, report);
  if (!process) return;
  const { spawnKey, failures, problem } = report;
  const data = { process: process.id, spawnKey, failures, problem };
  restart(decision, process, 'unhealthy', decision.emit('LivenessFailed', data));
};

const exceedMemory = (
  decision: Decision,
  report: Extract<PolicyReport, { type: 'MemoryMeasured' }>,
): void => {
  const process = undisturbed(decision, report);
  const limit = process && appOf(decision.state, process).policies.memory;
  const { spawnKey, memoryBytes } = report;
  if (!process || !limit || memoryBytes <= limit.maxBytes) return;
  const data = { process: process.id, spawnKey, memoryBytes, ...limit };
  restart(decision, process, 'memory', decision.emit('MemoryExceeded', data));
};

/** Whether a change or a tick may do something now: what is ending or waits for others goes its way. */
const isReachable = (process: Process): boolean =>
  isAttended(process) && endingCause(process) === null && process.phase.is !== 'blocked';

const changeFiles = (
  decision: Decision,
  { app, files, more }: Extract<PolicyReport, { type: 'WatchedFilesChanged' }>,
): void => {
  const processes = processesOf(decision.state, app).filter(isReachable);
  if (processes.length === 0) return;
  const because = decision.emit('FilesChanged', { app, files, more });
  for (const process of processes) restart(decision, process, 'watch', because);
};

const effectOfTick = (process: Process, schedule: Schedule | undefined): TickEffect => {
  if (!isReachable(process)) return 'skip';
  if (openRun(process) === null) return 'start';
  if (!schedule || schedule.overlap === 'replace') return 'restart';
  return schedule.overlap === 'queue' && !process.queued ? 'queue' : 'skip';
};

const actOnTick = (decision: Decision, process: Process, does: TickEffect, because: Seq): void => {
  const { schedule } = appOf(decision.state, process).policies;
  const cause = schedule ? 'schedule' : 'cron';
  if (does === 'restart') restart(decision, process, cause, because);
  else if (does === 'start') spawnInTurn(decision, process.id, cause, { because });
};

/** Whether the ticks up to a moment are accounted for already, by a clock that still goes as it did. */
const isCounted = ({ now }: Decision, { tickedAt }: Process, tickAt: number): boolean =>
  tickedAt >= tickAt && tickedAt <= now + TICK_SLACK_MS;

const tick = (
  decision: Decision,
  { process: id, tickAt }: Extract<PolicyReport, { type: 'TickDue' }>,
): void => {
  const process = decision.state.processes.get(id);
  if (!process || process.wanted === 'down' || isCounted(decision, process, tickAt)) return;
  const does = effectOfTick(process, appOf(decision.state, process).policies.schedule);
  const because = decision.emit('ScheduleTicked', { process: id, tickAt, does });
  actOnTick(decision, decision.process(id), does, because);
};

/** What the world reports to the policies of an app. What is late or repeated means nothing. */
export const decidePolicy = (decision: Decision, report: PolicyReport): void => {
  switch (report.type) {
    case 'ErrorOutputRead': {
      const { process: id, lines } = report;
      if (lines.length === 0 || !decision.state.processes.has(id)) return;
      decision.emit('ErrorOutputNoted', { process: id, lines });
      return;
    }
    case 'LivenessLost':
      loseLiveness(decision, report);
      return;
    case 'MemoryMeasured':
      exceedMemory(decision, report);
      return;
    case 'WatchedFilesChanged':
      changeFiles(decision, report);
      return;
    case 'TickDue':
      tick(decision, report);
      return;
    case 'TicksMissed': {
      const { process: id, count, firstAt, lastAt } = report;
      const process = decision.state.processes.get(id);
      if (!process || isCounted(decision, process, lastAt)) return;
      decision.emit('ScheduleMissed', { process: id, count, firstAt, lastAt });
    }
  }
};

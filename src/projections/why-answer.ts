import type { App } from '../domain/app.js';
import type { Recorded } from '../domain/event.js';
import type { Process } from '../domain/state.js';
import { eventInWords } from './event-in-words.js';
import type { RunHistory } from './run-history.js';
import type { RunRecord } from './run-record.js';
import { causeInWords, counted, listed, lossInWords, reasonInWords, spanned } from './wording.js';

/** What an answer is drawn from. `turn` is the event that brought the process into its state. */
export interface Told {
  readonly process: Process;
  readonly app: App;
  readonly turn: Recorded | undefined;
  readonly events: readonly Recorded[];
  readonly history: RunHistory;
  /** Recorded as running, but nothing of it is alive: its end waits for a daemon to record it. */
  readonly isUnrecorded: boolean;
}

type Phase<Is extends Process['phase']['is']> = Extract<Process['phase'], { is: Is }>;

/** The event that closed the run before this one. */
const endBefore = ({ events }: Told, run: RunRecord | undefined): Recorded | undefined =>
  events.findLast(
    (event) =>
      event.seq < (run?.requested?.seq ?? 0) &&
      (event.type === 'ProcessExited' ||
        event.type === 'ProcessLost' ||
        event.type === 'SpawnFailed' ||
        event.type === 'DuplicateSuppressed'),
  );

/** What a policy met that led to this run. */
const triggerOf = ({ events }: Told, { run }: Phase<'launching' | 'online'>) => {
  const before = events.filter(({ seq }) => seq < run.seq);
  switch (run.reason) {
    case 'watch':
      return before.findLast(({ type }) => type === 'FilesChanged');
    case 'memory':
      return before.findLast(({ type }) => type === 'MemoryExceeded');
    case 'unhealthy':
      return before.findLast(({ type }) => type === 'LivenessFailed');
    case 'start':
    case 'restart':
    case 'crash':
    case 'restore':
    case 'scale':
    case 'retry':
    case 'cron':
    case 'schedule':
      return undefined;
  }
};

/** What is to be added of a program that runs and has yet to show that it is ready. */
const readiness = ({ ready }: Phase<'online'>): string => {
  switch (ready.is) {
    case 'ready':
      return '';
    case 'awaited':
      return '; it is not ready yet';
    case 'overdue':
      return `; it was not ready within ${spanned(ready.timeoutMs)}`;
  }
};

const blocked = ({ app, events }: Told, phase: Phase<'blocked'>): string => {
  const deferred = events.find(({ seq }) => seq === phase.seq);
  const waitsFor = deferred?.type === 'SpawnDeferred' ? deferred.data.waitsFor : [];
  return `It is to run because ${reasonInWords(phase.reason)}, and waits: ${app.name} depends on ${listed(waitsFor)}.`;
};

const openedBecause = (told: Told, phase: Phase<'launching' | 'online'>): string => {
  const { run } = phase;
  const reason = reasonInWords(run.reason);
  if (run.reason === 'restore') return `${reason} (${run.runKey})`;
  const trigger = triggerOf(told, phase);
  if (trigger) return `${reason}; ${eventInWords(trigger, { run: undefined, app: told.app })}`;
  if (run.reason !== 'crash') return reason;
  const end = endBefore(told, told.history.run(run.key));
  if (!end || !('spawnKey' in end.data)) return reason;
  const how = eventInWords(end, { run: told.history.run(end.data.spawnKey), app: told.app });
  // Nothing had ended: the attempt before it was refused its slot.
  return end.type === 'DuplicateSuppressed' ? `it was tried again; ${how}` : `${reason}; ${how}`;
};

const online = (told: Told, phase: Phase<'online'>): string => {
  const { program } = phase.started;
  const adoptions = told.history.run(phase.run.key)?.adoptions ?? [];
  const daemons = counted(adoptions.length, 'later daemon');
  const adopted = adoptions.length === 0 ? '' : `, and ${daemons} took it over alive`;
  return `It runs as pid ${program.pid} because ${openedBecause(told, phase)}${adopted}${readiness(phase)}.`;
};

const stopping = (phase: Phase<'stopping'>): string => {
  const stroke = phase.escalated ? 'SIGKILL, as its deadline has passed' : phase.signal;
  return `It is being ended with ${stroke} because ${causeInWords(phase.cause)}.`;
};

/** What closed the last run, as the reason for being down and staying so. */
const stopped = ({ process, app, turn, history }: Told, phase: Phase<'stopped'>): string => {
  const run = turn && 'spawnKey' in turn.data ? history.run(turn.data.spawnKey) : undefined;
  const end = turn ? eventInWords(turn, { run, app }) : 'its end is no longer in the log';
  switch (phase.because) {
    case 'new':
      return 'It was created and never started.';
    case 'asked':
      return `It is down because ${run?.stop ? causeInWords(run.stop.cause) : 'a stop was asked for'}.`;
    case 'ended':
      return `It ended by itself and its policy starts nothing after that: ${end}.`;
    case 'lost':
      return `${process.wanted === 'up' ? 'It is wanted up, but' : 'It is down:'} ${lost(turn, end)}.`;
    case 'rolled-back':
      return `It is down because ${causeInWords('rollback')}.`;
    case 'scheduled':
      return 'It is run at the times of its schedule, and waits for the next one.';
    case 'killed':
      return `It is down because ${causeInWords('kill')}; it is still wanted ${process.wanted}.`;
  }
};

const lost = (turn: Recorded | undefined, end: string): string =>
  turn?.type === 'ProcessLost' ? lossInWords(turn.data.reason) : end;

const waiting = ({ app, events }: Told, phase: Phase<'waiting'>): string => {
  const scheduled = events.find(({ seq }) => seq === phase.seq);
  const cause = events.find(({ seq }) => seq === scheduled?.causedBy);
  if (scheduled?.type !== 'RestartScheduled') return 'It waits for its next start.';
  const { failures, maxRestarts, delayMs } = scheduled.data;
  if (cause?.type === 'DuplicateSuppressed') {
    return `Something of an earlier run still held its slot, so nothing was started; it is tried again after ${spanned(delayMs)}.`;
  }
  const { restart } = app;
  const kind = restart.backoffInitialMs > 0 ? 'back-off' : 'fixed pause';
  const window = spanned(restart.restartWindowMs);
  const count =
    failures === 0
      ? 'the run was stable, so it does not count as a failure'
      : `failure ${failures} of the ${maxRestarts} that are allowed within ${window}`;
  return `It ended by itself and waits for its restart: ${count}; ${kind} of ${spanned(delayMs)}.`;
};

const errored = ({ app, turn }: Told): string => {
  const { maxRestarts, minUptimeMs, restartWindowMs } = app.restart;
  const failures = turn?.type === 'ProcessErrored' ? turn.data.failures : maxRestarts + 1;
  return `It was given up: ${counted(failures, 'run')} ended by themselves within ${spanned(restartWindowMs)}, each sooner than ${spanned(minUptimeMs)} after its start or without one, and its policy allows ${maxRestarts}.`;
};

/** The state of a process and what brought it about, in a sentence. */
export const answer = (told: Told): string => {
  const { process, turn } = told;
  if (turn?.type === 'ProcessRemoved') return 'It was deleted; only its history is left.';
  const { phase } = process;
  if (told.isUnrecorded) {
    return 'By the log it runs, but nothing of it is alive: it ended while no daemon was there to record how.';
  }
  switch (phase.is) {
    case 'launching':
      return `It is being launched because ${openedBecause(told, phase)}.`;
    case 'online':
      return online(told, phase);
    case 'stopping':
      return stopping(phase);
    case 'stopped':
      return stopped(told, phase);
    case 'waiting':
      return waiting(told, phase);
    case 'blocked':
      return blocked(told, phase);
    case 'errored':
      return errored(told);
  }
};

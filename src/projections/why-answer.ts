import type { App } from '../domain/app.js';
import type { Recorded } from '../domain/event.js';
import type { Process } from '../domain/state.js';
import { eventInWords } from './event-in-words.js';
import type { RunHistory } from './run-history.js';
import type { RunRecord } from './run-record.js';
import { causeInWords, counted, lossInWords, reasonInWords, spanned } from './wording.js';

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

/** The event that closed the run before this one, in words: how it ended. */
const endBefore = ({ events, history, app }: Told, run: RunRecord | undefined): string | null => {
  const before = events.findLast(
    (event) =>
      event.seq < (run?.requested?.seq ?? 0) &&
      (event.type === 'ProcessExited' ||
        event.type === 'ProcessLost' ||
        event.type === 'SpawnFailed'),
  );
  if (!before || !('spawnKey' in before.data)) return null;
  return eventInWords(before, { run: history.run(before.data.spawnKey), app });
};

const openedBecause = (told: Told, phase: Phase<'launching' | 'online'>): string => {
  const { run } = phase;
  const reason = reasonInWords(run.reason);
  if (run.reason === 'restore') return `${reason} (${run.runKey})`;
  if (run.reason !== 'crash') return reason;
  const end = endBefore(told, told.history.run(run.key));
  return end === null ? reason : `${reason}; ${end}`;
};

const online = (told: Told, phase: Phase<'online'>): string => {
  const { program } = phase.started;
  const adoptions = told.history.run(phase.run.key)?.adoptions ?? [];
  const daemons = counted(adoptions.length, 'later daemon');
  const adopted = adoptions.length === 0 ? '' : `, and ${daemons} took it over alive`;
  return `It runs as pid ${program.pid} because ${openedBecause(told, phase)}${adopted}.`;
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
    case 'errored':
      return errored(told);
  }
};

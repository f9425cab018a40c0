import type { App } from '../domain/app.js';
import type { Actor, Recorded } from '../domain/event.js';
import type { ProcessId, Seq, SpawnKey } from '../domain/ids.js';
import { openRun, type Process } from '../domain/state.js';
import { eventInWords } from './event-in-words.js';
import type { Status } from './process-table.js';
import { RunHistory } from './run-history.js';
import type { Mark } from './run-record.js';
import { answer, type Told } from './why-answer.js';
import { type Next, next } from './why-next.js';

export interface Step extends Mark {
  readonly text: string;
  /** Who asked, where somebody did. */
  readonly actor: Actor | null;
}

/** Why a process is in the state it is in. Times in epoch ms. */
export interface Why {
  readonly process: ProcessId;
  readonly name: string;
  readonly namespace: string;
  readonly instance: number;
  readonly status: Status | 'deleted';
  readonly wanted: 'up' | 'down';
  readonly since: number | null;
  /** The state and what brought it about, in a sentence. */
  readonly answer: string;
  /** What somebody asked for and got this, at the end of the chain of causes. */
  readonly asked: Step | null;
  readonly next: Next;
  /** The last run on the way here that ended though nobody asked for it. */
  readonly failedRun: SpawnKey | null;
  /** What led here, oldest first. */
  readonly story: readonly Step[];
  /** Events left out of the story after its first `after` steps, because they repeat. */
  readonly omitted: {
    readonly after: number;
    readonly count: number;
    readonly from: Seq;
    readonly to: Seq;
  } | null;
}

/** What a process is explained from. */
export interface Case {
  readonly process: Process;
  readonly app: App;
  /** The process's events, and every event that is a cause of one of them, in order of seq. */
  readonly events: readonly Recorded[];
  /** As the process table shows it: without a daemon the kernel may contradict the log. */
  readonly status: Status;
}

const STORY_BEGIN = 2;
const STORY_END = 9;

/** The event that brought the process into the state it is in. */
const turnOf = ({ process, events }: Case): Recorded | undefined => {
  const removed = events.findLast(({ type }) => type === 'ProcessRemoved');
  if (removed) return removed;
  const { phase } = process;
  switch (phase.is) {
    case 'launching':
      return events.find(({ seq }) => seq === phase.run.seq);
    case 'online':
      return events.find(
        ({ type, data }) =>
          (type === 'ProcessStarted' || type === 'ProcessAdopted') &&
          data.spawnKey === phase.run.key,
      );
    case 'stopping':
    case 'waiting':
    case 'blocked':
      return events.find(({ seq }) => seq === phase.seq);
    case 'errored':
      return events.findLast(({ type }) => type === 'ProcessErrored');
    case 'stopped':
      return events.findLast(
        ({ type }) =>
          type === 'ProcessExited' ||
          type === 'ProcessLost' ||
          type === 'SpawnFailed' ||
          type === 'SpawnAbandoned' ||
          type === 'DuplicateSuppressed' ||
          type === 'RestartCancelled' ||
          type === 'ScheduleArmed' ||
          (type === 'WantedChanged' && phase.because === 'asked') ||
          type === 'ProcessCreated',
      );
  }
};

/** These events with their causes, and the causes of those, as far as the log goes back. */
const withCauses = (given: readonly Recorded[], events: readonly Recorded[]): Set<Recorded> => {
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  const all = new Set(given);
  for (const event of all) {
    const cause = event.causedBy === null ? undefined : bySeq.get(event.causedBy);
    if (cause) all.add(cause);
  }
  return all;
};

/** Everything since the last run was requested, and what led to that request, back to whoever asked. */
const storyOf = ({ process, events }: Case): Recorded[] => {
  const own = events.filter(({ data }) => 'process' in data && data.process === process.id);
  const from = own.findLast(({ type }) => type === 'SpawnRequested')?.seq ?? own[0]?.seq ?? 0;
  const recent = own.filter(({ seq }) => seq >= from);
  return [...withCauses(recent, events)].sort((a, b) => a.seq - b.seq);
};

/** Explains a process from what was recorded about it. */
export const why = (given: Case): Why => {
  const { process, app, events } = given;
  const history = new RunHistory();
  for (const event of events) history.observe(event);
  const stepOf = (event: Recorded): Step => {
    const run = 'spawnKey' in event.data ? history.run(event.data.spawnKey) : undefined;
    const actor = event.request?.actor ?? null;
    return { seq: event.seq, at: event.at, text: eventInWords(event, { run, app }), actor };
  };
  const turn = turnOf(given);
  const isRemoved = turn?.type === 'ProcessRemoved';
  const isUnrecorded = !isRemoved && openRun(process) !== null && given.status === 'stopped';
  const told: Told = { process, app, turn, events, history, isUnrecorded };
  const story = storyOf(given);
  const asked = [...withCauses(turn ? [turn] : [], events)].find(({ request }) => request !== null);
  const failed = story.findLast(
    (event) =>
      event.type === 'ProcessExited' &&
      event.data.process === process.id &&
      !history.run(event.data.spawnKey)?.stop,
  );
  const hidden = story.slice(STORY_BEGIN, -STORY_END);
  const [first, last] = [hidden[0], hidden.at(-1)];
  const omitted =
    first && last && hidden.length > 1
      ? { after: STORY_BEGIN, count: hidden.length, from: first.seq, to: last.seq }
      : null;
  const shown = omitted ? story.filter((event) => !hidden.includes(event)) : story;
  return {
    process: process.id,
    name: app.name,
    namespace: app.namespace,
    instance: process.instance,
    status: isRemoved ? 'deleted' : given.status,
    wanted: process.wanted,
    since: turn?.at ?? null,
    answer: answer(told),
    asked: asked ? stepOf(asked) : null,
    next: next(told),
    failedRun: failed?.type === 'ProcessExited' ? failed.data.spawnKey : null,
    story: shown.map(stepOf),
    omitted,
  };
};

import type { App } from '../domain/app.js';
import type { AppKey, ProcessId } from '../domain/ids.js';
import type { Liveness, Readiness, WatchPolicy } from '../domain/policy.js';
import {
  appOf,
  isAttended,
  openRun,
  type Process,
  type Run,
  type Started,
  type State,
} from '../domain/state.js';

/** A program that is up, and what it belongs to. */
export interface Subject {
  readonly process: Process;
  readonly app: App;
  readonly run: Run;
  readonly started: Started;
}

/** The ticks of one process after a moment, epoch ms. */
export interface Clock {
  readonly process: ProcessId;
  readonly cron: string;
  readonly timeZone: string | null;
  readonly after: number;
}

/** Something that is looked at for as long as the state calls for it. */
export type Monitor =
  | { readonly kind: 'readiness'; readonly subject: Subject; readonly policy: Readiness }
  | { readonly kind: 'liveness'; readonly subject: Subject; readonly policy: Liveness }
  /** One for all processes that are measured that often. */
  | { readonly kind: 'memory'; readonly intervalMs: number }
  | { readonly kind: 'files'; readonly app: App; readonly policy: WatchPolicy }
  | { readonly kind: 'clock'; readonly clock: Clock };

/** A monitor, and a name that is another one whenever it has to begin anew. */
export type NamedMonitor = readonly [name: string, monitor: Monitor];

const subjectOf = (process: Process, app: App): Subject | null => {
  const { phase, leaving } = process;
  const run = openRun(process);
  return phase.is === 'online' && run && !leaving
    ? { process, app, run, started: phase.started }
    : null;
};

const onSubject = (subject: Subject): NamedMonitor[] => {
  const { readiness, liveness, memory } = subject.app.policies;
  const { key } = subject.run;
  const isReady =
    subject.process.phase.is === 'online' && subject.process.phase.ready.is === 'ready';
  const monitors: NamedMonitor[] = [];
  if (readiness && !isReady) {
    const name = `readiness ${key} ${JSON.stringify(readiness)}`;
    monitors.push([name, { kind: 'readiness', subject, policy: readiness }]);
  }
  if (liveness && isReady) {
    const name = `liveness ${key} ${JSON.stringify(liveness)}`;
    monitors.push([name, { kind: 'liveness', subject, policy: liveness }]);
  }
  if (memory) {
    const { intervalMs } = memory;
    monitors.push([`memory ${intervalMs}`, { kind: 'memory', intervalMs }]);
  }
  return monitors;
};

const clockOf = ({ id, tickedAt: after }: Process, { policies }: App): Clock | null => {
  const { schedule, cronRestart } = policies;
  if (schedule) {
    return { process: id, cron: schedule.cron, timeZone: schedule.timeZone, after };
  }
  return cronRestart === undefined
    ? null
    : { process: id, cron: cronRestart, timeZone: null, after };
};

const onProcess = (process: Process, app: App): NamedMonitor[] => {
  const monitors: NamedMonitor[] = [];
  const subject = subjectOf(process, app);
  if (subject) monitors.push(...onSubject(subject));
  if (!isAttended(process)) return monitors;
  const { watch } = app.policies;
  if (watch) {
    // Its logs are not watched, and what they are called depends on how many instances there are.
    const place = JSON.stringify([watch, app.cwd, app.policies.logs, app.instances]);
    const name = `files ${process.app} ${place}`;
    monitors.push([name, { kind: 'files', app, policy: watch }]);
  }
  const clock = clockOf(process, app);
  if (clock) monitors.push([`clock ${JSON.stringify(clock)}`, { kind: 'clock', clock }]);
  return monitors;
};

const isMonitored = ({ policies }: App): boolean =>
  policies.readiness !== undefined ||
  policies.liveness !== undefined ||
  policies.memory !== undefined ||
  policies.watch !== undefined ||
  policies.schedule !== undefined ||
  policies.cronRestart !== undefined;

/** Everything that a state calls for looking at. Pure. */
export const monitorsOf = (state: State): ReadonlyMap<string, Monitor> => {
  const monitors = new Map<string, Monitor>();
  // Asked after every step: where nothing is monitored, as is usual, no process is looked at.
  const apps = new Map<AppKey, App>();
  for (const [key, app] of state.apps) if (isMonitored(app)) apps.set(key, app);
  if (apps.size === 0) return monitors;
  for (const process of state.processes.values()) {
    const app = apps.get(process.app);
    if (!app) continue;
    for (const [name, monitor] of onProcess(process, app)) monitors.set(name, monitor);
  }
  return monitors;
};

/** The programs that are measured at this interval. */
export const measuredAt = (state: State, intervalMs: number): readonly Subject[] =>
  [...state.processes.values()].flatMap((process) => {
    const app = appOf(state, process);
    const subject = app.policies.memory?.intervalMs === intervalMs ? subjectOf(process, app) : null;
    return subject ? [subject] : [];
  });

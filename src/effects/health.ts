import {
  catchError,
  defer,
  EMPTY,
  exhaustMap,
  filter,
  map,
  type Observable,
  of,
  type SchedulerLike,
  scan,
  take,
  timer,
} from 'rxjs';
import type { AskingProbe, Liveness, Probe, Readiness } from '../domain/policy.js';
import type { Report } from '../domain/report.js';
import type { Os } from '../platform/os.js';
import type { Subject } from './monitor.js';
import { freshLineFinder, lineFinder } from './output-probe.js';
import { userOf } from './process-setup.js';

/** What a probe needs of the world around it. */
export interface HealthDeps {
  readonly os: Os;
  readonly scheduler: SchedulerLike;
  readonly logsFolder: string;
  /** The environment of a process, without what marks a run of it. */
  readonly envOf: (subject: Subject) => Readonly<Record<string, string>>;
}

/** A try to find out whether a program is ready takes no longer than this. */
const READY_TRY_MS = 5000;

const asked = (
  { os, envOf }: HealthDeps,
  subject: Subject,
  probe: AskingProbe,
  timeoutMs: number,
): Observable<string | null> =>
  defer(() => {
    const { cwd, policies } = subject.app;
    const user = userOf(policies.setup);
    return os.ask(probe, { timeoutMs, cwd, env: envOf(subject), user });
  }).pipe(
    // An environment or a user that cannot be had is as wrong as a command that fails.
    catchError((error: Error) => of(error.message)),
  );

/** One try after another, each with null when the program is ready; null for what it tells its launcher. */
const triesOf = (
  deps: HealthDeps,
  subject: Subject,
  probe: Probe,
): (() => Observable<string | null>) | null => {
  switch (probe.kind) {
    case 'tcp':
    case 'http':
    case 'command':
      return () => asked(deps, subject, probe, READY_TRY_MS);
    case 'output': {
      const find = lineFinder(deps.os, deps.logsFolder, subject, probe.pattern);
      return () => of(find() ? null : 'no such line yet');
    }
    case 'message':
    case 'descriptor':
    case 'notify':
      return null;
  }
};

/** Tries until the program is ready, and reports that. What it tells its launcher is found in the run file. */
export const awaitReadiness = (
  deps: HealthDeps,
  subject: Subject,
  { probe, intervalMs }: Readiness,
): Observable<Report> => {
  const { scheduler } = deps;
  const { key: spawnKey } = subject.run;
  const tries = triesOf(deps, subject, probe);
  if (!tries) return EMPTY;
  return timer(0, intervalMs, scheduler).pipe(
    exhaustMap(tries),
    filter((problem) => problem === null),
    take(1),
    map((): Report => {
      const readyAt = scheduler.now();
      return { type: 'RunsObserved', facts: [{ kind: 'ready', spawnKey, readyAt }] };
    }),
  );
};

/** What is wrong with a program that is ready, or null, try by try. */
const signsOf = (
  deps: HealthDeps,
  subject: Subject,
  { probe, timeoutMs }: Liveness,
): (() => Observable<string | null>) => {
  switch (probe.kind) {
    case 'tcp':
    case 'http':
    case 'command':
      return () => asked(deps, subject, probe, timeoutMs);
    case 'output': {
      const find = freshLineFinder(deps.os, deps.logsFolder, subject, probe.pattern);
      return () => of(find() ? null : `no line like /${probe.pattern}/ since the last try`);
    }
    case 'message':
    case 'descriptor':
    case 'notify': {
      const { key } = subject.run;
      let last = deps.os.lastSign(key);
      return () => {
        const before = last;
        last = deps.os.lastSign(key);
        return of(last !== before ? null : 'no sign of life since the last try');
      };
    }
  }
};

/** Asks again and again, and reports when the program has failed as often in a row as its policy allows. */
export const watchLiveness = (
  deps: HealthDeps,
  subject: Subject,
  policy: Liveness,
): Observable<Report> => {
  const { intervalMs, failures: allowed } = policy;
  const { key: spawnKey } = subject.run;
  return defer(() => {
    const tries = signsOf(deps, subject, policy);
    return timer(intervalMs, intervalMs, deps.scheduler).pipe(exhaustMap(tries));
  }).pipe(
    scan(
      ({ failures }, problem) => ({
        failures: problem === null ? 0 : failures + 1,
        problem: problem ?? '',
      }),
      { failures: 0, problem: '' },
    ),
    filter(({ failures }) => failures >= allowed),
    take(1),
    map((lost): Report => ({ type: 'LivenessLost', spawnKey, ...lost })),
  );
};

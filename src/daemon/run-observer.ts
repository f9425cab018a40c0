import {
  exhaustMap,
  filter,
  interval,
  map,
  type Observable,
  type SchedulerLike,
  startWith,
  takeWhile,
} from 'rxjs';
import type { Recorded } from '../domain/event.js';
import type { SpawnKey } from '../domain/ids.js';
import type { Report, RunFact } from '../domain/report.js';
import { openRun, type State, startedOf } from '../domain/state.js';
import type { RunTarget } from '../effects/effect.js';
import { factsOf } from '../effects/run-facts.js';
import type { Os } from '../platform/os.js';

/** How often runs are looked at whose launcher is not our child, in case it dies without a word. */
const LIVENESS_MS = 2000;

interface ObserverDeps {
  readonly os: Os;
  readonly scheduler: SchedulerLike;
  readonly state: () => State;
  /** Batches as they are recorded. */
  readonly recorded$: Observable<readonly Recorded[]>;
  readonly report: (report: Report) => void;
  /** Why the kernel does not notify us of run files, so that they are polled. */
  readonly degraded: (reason: string) => void;
  /** Ask the kernel about runs that seem to have lost their launcher. */
  readonly inspect: (runs: readonly RunTarget[]) => void;
}

/** Open runs that were adopted: no exit of a child of ours tells us when their launcher dies. */
const adoptedRuns = (state: State): RunTarget[] =>
  [...state.processes.values()].flatMap((process) => {
    const run = openRun(process);
    const started = startedOf(process);
    if (!run || !started?.adopted) return [];
    return [{ process: process.id, spawnKey: run.key, started }];
  });

const seemsDead = ({ started }: RunTarget, os: Os): boolean =>
  !started || !os.isAlive(started.launcher ?? started.program);

/**
 * Turns what launchers write into reports: a notification of the kernel for every line, and for
 * adopted runs a slow look at their launchers, for as long as there are any.
 */
export const observeRuns = (deps: ObserverDeps): { close(): void } => {
  const changed = new Set<SpawnKey>();
  const flush = (): void => {
    const keys = [...changed];
    changed.clear();
    const facts = keys.flatMap((key): RunFact[] => {
      const file = deps.os.readRun(key);
      return file ? factsOf(key, file) : [];
    });
    if (facts.length > 0) deps.report({ type: 'RunsObserved', facts });
  };
  const watcher = deps.os.watchRuns({
    changed: (key) => {
      if (changed.size === 0) queueMicrotask(flush);
      changed.add(key);
    },
    degraded: deps.degraded,
  });
  const look = interval(LIVENESS_MS, deps.scheduler).pipe(
    map(() => adoptedRuns(deps.state())),
    takeWhile((runs) => runs.length > 0),
  );
  const liveness = deps.recorded$
    .pipe(
      filter((events) => events.some(({ type }) => type === 'ProcessAdopted')),
      // What an earlier daemon adopted is in the state that this one began with.
      startWith(null),
      exhaustMap(() => look),
    )
    .subscribe((runs) => {
      const dead = runs.filter((run) => seemsDead(run, deps.os));
      if (dead.length > 0) deps.inspect(dead);
    });
  return {
    close: () => {
      watcher.close();
      liveness.unsubscribe();
    },
  };
};

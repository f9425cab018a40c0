import { resolve } from 'node:path';
import { EMPTY, from, map, mergeMap, type Observable, of, Subject, timer } from 'rxjs';
import { type App, DEFAULT_STOP } from '../domain/app.js';
import type { Recorded } from '../domain/event.js';
import type { ProcessId } from '../domain/ids.js';
import type { OsProcess } from '../domain/os-process.js';
import type { Report, RunFact } from '../domain/report.js';
import { findMarked } from '../platform/marked.js';
import type { RunTree } from '../platform/tree.js';
import type { Effect, RunTarget } from './effect.js';
import { lastWords } from './error-output.js';
import { killHidden } from './hidden.js';
import { inspectRun, type RunWorld } from './inspect.js';
import { asksByMessage } from './launcher.js';
import { type LaunchDeps, Launches } from './launches.js';
import {
  askByMessage,
  hasLauncher,
  killUntilEmpty,
  type OwnedTree,
  terminate,
} from './terminate.js';
import { armTimer } from './timers.js';

/** Pause before a run that cannot be told yet is looked at again. */
const LOOK_AGAIN_MS = 1000;

/** What the effects work with; composed by the daemon. */
export interface PerformDeps extends LaunchDeps {
  /** The definition of a process that an effect is about, or null when it is gone. */
  readonly appOf: (process: ProcessId) => App | null;
}

const observed = (facts: readonly RunFact[]): Observable<Report> =>
  facts.length === 0 ? EMPTY : of({ type: 'RunsObserved', facts });

const isProcess = (one: OsProcess | null, other: OsProcess | null): boolean =>
  one?.pid === other?.pid && one?.startTicks === other?.startTicks;

/** That an adopted run is still as it was adopted is no news; that its launcher died is. */
const isNews = (fact: RunFact, { started }: RunTarget): boolean =>
  fact.kind !== 'adopted' ||
  !started?.adopted ||
  !isProcess(fact.program, started.program) ||
  !isProcess(fact.launcher, started.launcher);

/** Carries effects out and answers with what came of them; a failure of the system is a report too. */
export class Performer {
  readonly #deps: PerformDeps;
  readonly #launches: Launches;
  /** What ended launchers and other late news report. */
  readonly #news = new Subject<Report>();
  readonly reports$: Observable<Report> = this.#news.asObservable();
  readonly #world: RunWorld;

  constructor(deps: PerformDeps) {
    this.#deps = deps;
    this.#launches = new Launches(deps, {
      told: (report) => this.#news.next(report),
      unclear: (run) => this.inspect([run]).subscribe((report) => this.#news.next(report)),
    });
    this.#world = {
      os: deps.os,
      now: () => deps.scheduler.now(),
      hasLauncher: ({ spawnKey }) => {
        const { home } = deps.paths;
        const marked = findMarked(home, spawnKey, deps.os.census()).get(spawnKey);
        return (marked?.launchers.length ?? 0) > 0;
      },
      endRemains: async (run, launcher) => {
        await this.#endTree(run, launcher);
        if (launcher) await killHidden(run.process, deps.os, deps.scheduler);
      },
    };
  }

  /** Lets launches go that waited for what was recorded now. */
  observe(events: readonly Recorded[]): void {
    this.#launches.observe(events);
  }

  perform(effect: Effect): Observable<Report> {
    switch (effect.type) {
      case 'Launch':
        this.#launches.enter(effect);
        return EMPTY;
      case 'Inspect':
        return this.#look(effect.runs, () => true);
      case 'CancelLaunch':
        return this.#launches.cancel(effect.run)
          ? observed([{ kind: 'abandoned', spawnKey: effect.run.spawnKey }])
          : EMPTY;
      case 'Terminate':
        return this.#terminate(effect.run, effect.signal);
      case 'KillTree':
        return from(this.#endTree(effect.run)).pipe(
          mergeMap(() => this.#inspectIfUnattended(effect.run)),
        );
      case 'SendSignal': {
        const { run, signal } = effect;
        const delivered = run.started
          ? this.#deps.os.signal(run.started.program, signal) === 'sent'
          : false;
        return of({
          type: 'SignalDelivered',
          spawnKey: run.spawnKey,
          signal,
          delivered,
        });
      }
      case 'ArmTimer':
        return armTimer(effect, this.#deps.scheduler);
      case 'NoteErrorOutput': {
        const app = this.#deps.appOf(effect.process);
        const log = resolve(this.#deps.paths.logs, effect.file);
        const lines = app ? lastWords(this.#deps.os, app, effect, log) : [];
        return of({ type: 'ErrorOutputRead', process: effect.process, lines });
      }
      case 'EndStrays':
        return this.#endStrays(effect);
      case 'ReleaseSlot':
        this.#deps.os.releaseSlot(effect.process);
        return EMPTY;
    }
  }

  /** Asks the kernel again about runs that are looked after; one report for what is new of them. */
  inspect(runs: readonly RunTarget[]): Observable<Report> {
    return this.#look(runs, isNews);
  }

  #look(
    runs: readonly RunTarget[],
    tells: (fact: RunFact, run: RunTarget) => boolean,
  ): Observable<Report> {
    const answers = runs.map(async (run) => {
      const facts = await inspectRun(run, this.#world);
      if (facts.length === 0) this.#lookAgain(run);
      return facts.filter((fact) => tells(fact, run));
    });
    return from(Promise.all(answers)).pipe(mergeMap((facts) => observed(facts.flat())));
  }

  /** A launcher that is no child of ours is on its way: nobody tells us if it dies before its program runs. */
  #lookAgain(run: RunTarget): void {
    timer(LOOK_AGAIN_MS, this.#deps.scheduler)
      .pipe(mergeMap(() => this.inspect([run])))
      .subscribe((report) => this.#news.next(report));
  }

  #treeOf(run: RunTarget, launcher = run.started?.launcher ?? null): OwnedTree {
    const tree: RunTree = {
      mark: { home: this.#deps.paths.home, key: run.spawnKey },
      program: run.started?.program ?? null,
      launcher,
      cgroup: this.#deps.os.cgroupOf(run.process),
    };
    const { treekill, killRetryMs } = this.#deps.appOf(run.process)?.stop ?? DEFAULT_STOP;
    return { tree, whole: treekill, strokeMs: killRetryMs };
  }

  #endTree(run: RunTarget, launcher: OsProcess | null = null): Promise<void> {
    const tree = launcher ? this.#treeOf(run, launcher) : this.#treeOf(run);
    return killUntilEmpty(tree, this.#deps.os, this.#deps.scheduler);
  }

  #terminate(run: RunTarget, signal: string): Observable<Report> {
    const { os, launcher, appOf } = this.#deps;
    const app = appOf(run.process);
    if (app && asksByMessage(launcher, app) && askByMessage(run, os)) return EMPTY;
    const result = terminate(run, this.#treeOf(run), signal, os);
    // What may not be signalled is found again at the deadline.
    return result === 'gone' ? this.#inspectIfUnattended(run) : EMPTY;
  }

  /** A run whose launcher is dead has nobody to write its end down: look ourselves. */
  #inspectIfUnattended(run: RunTarget): Observable<Report> {
    return hasLauncher(run, this.#deps.os) ? EMPTY : this.inspect([run]);
  }

  /** What bears a key of this process, and what hides but still holds its slot. */
  #endStrays({
    process,
    spawnKey: refused,
  }: Extract<Effect, { type: 'EndStrays' }>): Observable<Report> {
    const { os, paths, scheduler } = this.#deps;
    const marked = findMarked(paths.home, `${process}-`, os.census());
    const ends = [...marked].map(async ([spawnKey, { programs }]) => {
      await this.#endTree({ process, spawnKey, started: null });
      return programs
        .filter((program) => !os.isAlive(program))
        .map((program) => ({ spawnKey, program }));
    });
    const hidden = killHidden(process, os, scheduler).then((killed) =>
      killed.map((program) => ({ spawnKey: refused, program })),
    );
    return from(Promise.all([...ends, hidden])).pipe(
      map((strays): Report => ({ type: 'StraysEnded', strays: strays.flat() })),
    );
  }
}

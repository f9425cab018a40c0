import { resolve } from 'node:path';
import {
  EMPTY,
  from,
  map,
  mergeMap,
  type Observable,
  of,
  type SchedulerLike,
  Subject,
  timer,
} from 'rxjs';
import { type App, DEFAULT_STOP } from '../domain/app.js';
import type { OsProcess, Recorded } from '../domain/event.js';
import type { Epoch, ProcessId } from '../domain/ids.js';
import type { Report, RunFact } from '../domain/input.js';
import { findMarked } from '../platform/marked.js';
import type { Os } from '../platform/os.js';
import { type HomePaths, runFile, slotLock } from '../platform/paths.js';
import type { RunTree } from '../platform/tree.js';
import type { Effect, RunTarget } from './effect.js';
import { lastWords } from './error-output.js';
import { killHidden } from './hidden.js';
import { inspectRun, type RunWorld } from './inspect.js';
import { Lanes } from './lanes.js';
import { asksByMessage, type LauncherBinary, launchArgv } from './launcher.js';
import type { LogReader } from './log-reader.js';
import { makeUp } from './make-up.js';
import { factsOf } from './run-facts.js';
import type { LauncherEnd } from './spawn.js';
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
export interface PerformDeps {
  readonly paths: HomePaths;
  readonly epoch: Epoch;
  readonly launcher: LauncherBinary;
  /** Absent where nothing is compiled: lines are written as they are. */
  readonly reader?: Pick<LogReader, 'attend'> | null;
  readonly os: Os;
  readonly scheduler: SchedulerLike;
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
  readonly #lanes = new Lanes();
  /** What ended launchers and other late news report. */
  readonly #news = new Subject<Report>();
  readonly reports$: Observable<Report> = this.#news.asObservable();
  readonly #world: RunWorld;

  constructor(deps: PerformDeps) {
    this.#deps = deps;
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
    this.#lanes.observe(events);
  }

  perform(effect: Effect): Observable<Report> {
    switch (effect.type) {
      case 'Launch':
        this.#lanes.enter(effect.spawnKey, effect.lane, () => this.#launch(effect));
        return EMPTY;
      case 'Inspect':
        return this.#look(effect.runs, () => true);
      case 'CancelLaunch':
        return this.#cancelLaunch(effect.run);
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
        return armTimer(effect.timer, this.#deps.scheduler);
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

  #launch(effect: Extract<Effect, { type: 'Launch' }>): void {
    const { process, spawnKey, app } = effect;
    const { paths, epoch, os, launcher, reader } = this.#deps;
    const files = {
      lock: slotLock(paths, epoch, process),
      run: runFile(paths, epoch, spawnKey),
      out: resolve(paths.logs, effect.logs.out),
      error: resolve(paths.logs, effect.logs.error),
    };
    const run: RunTarget = { process, spawnKey, started: null };
    const made = makeUp(effect, files, { home: paths.home, os, reader: reader ?? null });
    if (made instanceof Error) {
      this.#launcherGone(run, { code: null, problem: `before its start: ${made.message}` });
      return;
    }
    const { env, setup, pipes } = made;
    const argv = launchArgv(
      launcher,
      app,
      { ...files, cgroup: os.makeCgroup(process), pipes },
      setup,
    );
    void launcher.spawner
      .launch({ tag: spawnKey, argv, cwd: app.cwd, env })
      .then((end) => this.#launcherGone(run, end));
  }

  /**
   * A launcher of ours has ended. Its record tells the rest; without one it was refused by the kernel
   * (97), failed before it claimed (98, or it could not be started), or was killed.
   */
  #launcherGone(run: RunTarget, end: LauncherEnd): void {
    const { spawnKey } = run;
    const { os } = this.#deps;
    const file = os.readRun(spawnKey);
    if (end.code === 97) {
      if (file?.fence) return;
      const why = file?.claim ? 'key-taken' : 'slot-taken';
      this.#news.next({
        type: 'RunsObserved',
        facts: [{ kind: 'suppressed', spawnKey, why }],
      });
      return;
    }
    if (file?.empty) {
      // All of it is written; what the observer has told of it already is no news to the decision.
      this.#news.next({ type: 'RunsObserved', facts: factsOf(spawnKey, file) });
      return;
    }
    if (!file && os.fence(spawnKey, this.#world.now())) {
      const error = end.problem ?? `the launcher ended with code ${end.code}`;
      const fact: RunFact = {
        kind: 'failed',
        spawnKey,
        stage: 'launcher',
        error,
      };
      this.#news.next({ type: 'RunsObserved', facts: [fact] });
      return;
    }
    this.inspect([run]).subscribe((report) => this.#news.next(report));
  }

  #cancelLaunch(run: RunTarget): Observable<Report> {
    const { spawnKey } = run;
    const fenced = this.#deps.os.fence(spawnKey, this.#world.now());
    return fenced ? observed([{ kind: 'abandoned', spawnKey }]) : EMPTY;
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

import { resolve } from 'node:path';
import type { SchedulerLike } from 'rxjs';
import type { Recorded } from '../domain/event.js';
import type { Epoch } from '../domain/ids.js';
import type { Report, RunFact } from '../domain/report.js';
import type { Os } from '../platform/os.js';
import { type HomePaths, runFile, slotLock } from '../platform/paths.js';
import type { Effect, RunTarget } from './effect.js';
import { Lanes } from './lanes.js';
import { type LauncherBinary, launchArgv } from './launcher.js';
import type { LogReader } from './log-reader.js';
import { makeUp } from './make-up.js';
import { factsOf } from './run-facts.js';
import type { LauncherEnd } from './spawn.js';

type Launch = Extract<Effect, { type: 'Launch' }>;

/** What launching works with. */
export interface LaunchDeps {
  readonly paths: HomePaths;
  readonly epoch: Epoch;
  readonly launcher: LauncherBinary;
  /** Absent where nothing is compiled: lines are written as they are. */
  readonly reader?: Pick<LogReader, 'attend'> | null;
  readonly os: Os;
  readonly scheduler: SchedulerLike;
}

/** Who is told what became of launches. */
export interface LaunchListener {
  told(report: Report): void;
  /** Its launcher is gone and left no record: the kernel has to be asked. */
  unclear(run: RunTarget): void;
}

/** Starts launchers, each in its lane, and tells how they ended. */
export class Launches {
  readonly #deps: LaunchDeps;
  readonly #hear: LaunchListener;
  readonly #lanes = new Lanes();

  constructor(deps: LaunchDeps, hear: LaunchListener) {
    this.#deps = deps;
    this.#hear = hear;
  }

  /** Lets launches go that waited for what was recorded now. */
  observe(events: readonly Recorded[]): void {
    this.#lanes.observe(events);
  }

  enter(effect: Launch): void {
    this.#lanes.enter(effect.spawnKey, effect.lane, () => this.#launch(effect));
  }

  /** Takes the key of a launch, so that its launcher never can. False when that has it already. */
  cancel({ spawnKey }: RunTarget): boolean {
    return this.#deps.os.fence(spawnKey, this.#deps.scheduler.now());
  }

  #launch(effect: Launch): void {
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
    const { os, scheduler } = this.#deps;
    const file = os.readRun(spawnKey);
    if (end.code === 97) {
      if (file?.fence) return;
      const why = file?.claim ? 'key-taken' : 'slot-taken';
      this.#hear.told({ type: 'RunsObserved', facts: [{ kind: 'suppressed', spawnKey, why }] });
      return;
    }
    if (file?.empty) {
      // All of it is written; what the observer has told of it already is no news to the decision.
      this.#hear.told({ type: 'RunsObserved', facts: factsOf(spawnKey, file) });
      return;
    }
    if (!file && os.fence(spawnKey, scheduler.now())) {
      const error = end.problem ?? `the launcher ended with code ${end.code}`;
      const fact: RunFact = { kind: 'failed', spawnKey, stage: 'launcher', error };
      this.#hear.told({ type: 'RunsObserved', facts: [fact] });
      return;
    }
    this.#hear.unclear(run);
  }
}

import {
  filter,
  finalize,
  firstValueFrom,
  type Observable,
  ReplaySubject,
  type SchedulerLike,
  Subject,
} from 'rxjs';
import { type Epoch, requestKey, runKey } from '../domain/ids.js';
import type { Report } from '../domain/report.js';
import { openRun, type State } from '../domain/state.js';
import type { LauncherBinary } from '../effects/launcher.js';
import type { LogReader } from '../effects/log-reader.js';
import { Monitors } from '../effects/monitors.js';
import { Performer } from '../effects/perform.js';
import { programEnv } from '../effects/program-env.js';
import type { EventLog } from '../log/event-log.js';
import type { Os } from '../platform/os.js';
import type { HomePaths } from '../platform/paths.js';
import { Loop, type RequestMeta } from './loop.js';
import { observeRuns } from './run-observer.js';
import { saveSnapshot } from './snapshot.js';

/** Events between two snapshots. */
const SNAPSHOT_EVERY = 5000;
const MAX_PROBLEMS = 10;

/** The world that a supervisor works in: the daemon hands it the real one, the simulation its own. */
export interface SupervisorDeps {
  readonly paths: HomePaths;
  readonly epoch: Epoch;
  readonly log: EventLog;
  readonly os: Os;
  readonly launcher: LauncherBinary;
  /** See `PerformDeps`. */
  readonly reader?: Pick<LogReader, 'attend'> | null;
  readonly scheduler: SchedulerLike;
  /** Fresh text for spawn keys. */
  readonly newNonce: () => string;
  /** A bug: the daemon has to end. */
  readonly fatal: (error: unknown) => void;
}

/** Trouble that only makes things slower. */
export interface Problem {
  readonly what: string;
  readonly error: unknown;
}

/** Who asks when the daemon itself does. */
const ownMeta = (key: string, command: string, uid: number): RequestMeta => ({
  key: requestKey(key),
  bodyHash: '',
  actor: { uid, command },
});

/** What looks after the programs of a home: the loop, the effects, and who observes the runs. */
export class Supervisor {
  readonly loop: Loop;
  readonly #deps: SupervisorDeps;
  readonly #observer: { close(): void };
  readonly #monitors: Monitors;
  /** Inspections of open runs under way. */
  #inspections = 0;
  readonly #inspected$ = new Subject<void>();
  #snapshotSeq: number;
  readonly #problems = new ReplaySubject<Problem>(MAX_PROBLEMS);

  constructor(initial: State, deps: SupervisorDeps) {
    this.#deps = deps;
    this.#snapshotSeq = initial.seq;
    const { log, scheduler } = deps;
    const performer = new Performer({
      ...deps,
      appOf: (id) => {
        const process = this.loop.state.processes.get(id);
        return (process && this.loop.state.apps.get(process.app)) ?? null;
      },
    });
    const report = (found: Report) => void this.loop.report(found);
    this.loop = new Loop(initial, {
      log,
      scheduler,
      newNonce: deps.newNonce,
      perform: (effect) => {
        const reports$ = performer.perform(effect);
        if (effect.type !== 'Inspect') return reports$;
        this.#inspections += 1;
        return reports$.pipe(
          finalize(() => {
            this.#inspections -= 1;
            this.#inspected$.next();
          }),
        );
      },
      recorded: (events) => performer.observe(events),
      fatal: deps.fatal,
    });
    performer.reports$.subscribe(report);
    this.#observer = observeRuns({
      os: deps.os,
      scheduler,
      state: () => this.loop.state,
      recorded$: this.loop.recorded$,
      report,
      degraded: (reason) => this.#problems.next({ what: 'run files are polled', error: reason }),
      inspect: (runs) => performer.inspect(runs).subscribe(report),
    });
    this.#monitors = new Monitors({
      os: deps.os,
      scheduler,
      state: () => this.loop.state,
      problem: (what, error) => this.#problems.next({ what, error }),
      home: deps.paths.home,
      logsFolder: deps.paths.logs,
      envOf: ({ app, process }) => programEnv(app, process, deps.os.environment),
    });
    this.#monitors.reports$.subscribe(report);
    this.loop.recorded$.subscribe(() => {
      this.#monitors.follow();
      this.#snapshotWhenDue();
    });
  }

  /** Records that we are here and waits until every open run is accounted for. */
  async takeOver(daemon: { readonly pid: number; readonly version: string }): Promise<void> {
    await this.loop.report({ type: 'DaemonStarted', ...daemon, epoch: this.#deps.epoch });
    while (this.#inspections > 0) await firstValueFrom(this.#inspected$);
  }

  /** Brings up everything that is wanted up; `key` names the restore run and the request. */
  async restoreWanted(key: string, command: string, uid: number): Promise<void> {
    await this.loop.submit(
      {
        type: 'Restore',
        runKey: runKey(key),
        source: { kind: 'wanted' },
        set: null,
        atomic: false,
        concurrency: 0,
      },
      ownMeta(key, command, uid),
    );
  }

  /**
   * Asks every program to end and resolves when nothing of any is left, however long their kill timeouts are; what is
   * wanted up stays wanted. Takes no further requests.
   */
  async endPrograms(key: string, command: string, uid: number): Promise<void> {
    const asked = this.loop.submit({ type: 'Shutdown' }, ownMeta(key, command, uid));
    this.loop.close();
    await asked;
    const isStill = ({ processes }: State): boolean =>
      [...processes.values()].every((process) => openRun(process) === null);
    await firstValueFrom(this.loop.state$.pipe(filter(isStill)));
  }

  #snapshotWhenDue(): void {
    const { state } = this.loop;
    if (state.seq - this.#snapshotSeq < SNAPSHOT_EVERY) return;
    this.#snapshotSeq = state.seq;
    void this.#saveSnapshot();
  }

  async #saveSnapshot(): Promise<void> {
    await saveSnapshot(this.#deps.log, this.loop.state).catch((error) => {
      this.#problems.next({ what: 'no snapshot', error });
    });
  }

  /** What went wrong and was survived; the last ones are told again to whoever comes later. */
  get problems$(): Observable<Problem> {
    return this.#problems;
  }

  /** Takes nothing more, and records why; the programs go on and can be adopted. */
  async close(reason: string): Promise<void> {
    this.loop.close();
    this.#observer.close();
    await this.loop.report({ type: 'DaemonStopping', reason });
    this.loop.end();
    this.#monitors.close();
    await this.#saveSnapshot();
  }
}

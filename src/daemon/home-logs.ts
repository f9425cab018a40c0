import { resolve } from 'node:path';
import type { SchedulerLike } from 'rxjs';
import type { LogsReloaded, MovedLog } from '../api/routes.js';
import type { Recorded } from '../domain/event.js';
import type { Epoch, ProcessId } from '../domain/ids.js';
import { isPiped, logFilesOf } from '../domain/log-files.js';
import type { LogSettings } from '../domain/log-upkeep.js';
import { appOf, type Process, type State, startedOf } from '../domain/state.js';
import type { LauncherBinary } from '../effects/launcher.js';
import { LogReader } from '../effects/log-reader.js';
import { findCompanion } from '../platform/companion.js';
import { detachedLog } from '../platform/detached-log.js';
import { findRotation } from '../platform/log-rotation.js';
import { type HomePaths, pipesDir } from '../platform/paths.js';
import { type Journal, openJournal } from './journal.js';
import { type KeptLog, LogKeeper } from './log-keeper.js';
import { readSettings } from './settings.js';
import type { Supervisor } from './supervisor.js';

/** Events that somebody who looks after the machine should hear of. */
const ALARMING: ReadonlySet<Recorded['type']> = new Set([
  'DuplicateSuppressed',
  'ProcessLost',
  'ProcessErrored',
  'SpawnAbandoned',
  'SpawnFailed',
  'StopEscalated',
  'StrayEnded',
] satisfies Recorded['type'][]);

export interface HomeLogsDeps {
  readonly paths: HomePaths;
  readonly epoch: Epoch;
  readonly env: NodeJS.ProcessEnv;
  readonly launcher: LauncherBinary;
  readonly scheduler: SchedulerLike;
  readonly state: () => State;
}

const STREAMS = ['out', 'error'] as const;

/** The logs of a home: the daemon's own journal, and whoever keeps all of them small. */
export class HomeLogs {
  readonly journal: Journal;
  readonly keeper: LogKeeper;
  readonly #paths: HomePaths;
  /** Null where nothing is compiled. */
  readonly reader: LogReader | null;
  readonly #state: () => State;
  #settings: LogSettings;
  readonly #told = new Set<string>();
  #kept: { readonly state: State; readonly logs: readonly KeptLog[] } | null = null;

  /** Throws SettingsError when the home has settings that cannot be used. */
  constructor({ paths, epoch, env, launcher, scheduler, state }: HomeLogsDeps) {
    this.#paths = paths;
    this.#state = state;
    this.#settings = readSettings(paths.settings).logs;
    this.journal = openJournal(paths.daemonLog, env.OPM_LOG_LEVEL);
    const reader = findCompanion('opm-reader', env);
    this.reader =
      reader === null
        ? null
        : new LogReader({
            binary: reader,
            folder: pipesDir(paths, epoch),
            home: paths.home,
            spawner: launcher.spawner,
            limits: () => this.#settings,
          });
    this.keeper = new LogKeeper({
      folder: paths.logs,
      active: () => this.#active(),
      beforeLook: () => this.reader?.superviseOnce(),
      onShrunk: () => this.#warn(this.#detached()),
      settings: () => this.#settings,
      rotation: findRotation(env),
      journal: this.journal,
      scheduler,
    });
  }

  /** Looks after the logs from now on; what is read already may have been begun under other limits. */
  start(): void {
    this.reader?.renewLimits();
    this.keeper.start();
  }

  /** Writes down what happens in a supervisor. */
  watch({ loop, problems$ }: Pick<Supervisor, 'loop' | 'problems$'>): void {
    loop.recorded$.subscribe((events) => {
      for (const { type, seq, data } of events)
        this.journal[ALARMING.has(type) ? 'warn' : 'debug'](type, { seq, data });
    });
    loop.trouble$.subscribe((error) => this.journal.error('a fact is not recorded yet', { error }));
    problems$.subscribe(({ what, error }) => this.journal.warn(what, { error }));
  }

  /** Empties the logs of these processes. Resolves with how many. */
  async flush(processes: readonly Process[]): Promise<number> {
    const files = [...new Set(processes.flatMap((process) => this.#filesOf(process)))];
    await this.keeper.flush(files);
    return files.length;
  }

  /**
   * Reads the settings again; bad ones are told and change nothing. Logs that were renamed get their names back;
   * answers whose log is still somewhere else.
   */
  async reload(): Promise<LogsReloaded> {
    try {
      this.#settings = readSettings(this.#paths.settings).logs;
      this.reader?.renewLimits();
    } catch (error) {
      this.journal.error('settings not read', { error });
    }
    const retaken = await this.#retake();
    const detached = this.#detached();
    this.#told.clear();
    this.#warn(detached);
    return { retaken, detached };
  }

  /** One log after another: several programs may write to the same one. */
  async #retake(): Promise<MovedLog[]> {
    const retaken: MovedLog[] = [];
    for (const { id } of this.#state().processes.values())
      for (const { log, ...facts } of this.#detachedOf(id)) {
        const isBack = await this.keeper.retake(log, facts.file).catch((error) => {
          this.journal.error('a log did not get its name back', { ...facts, error });
          return false;
        });
        if (isBack) retaken.push(facts);
      }
    return retaken;
  }

  #detached(): MovedLog[] {
    return [...this.#state().processes.keys()].flatMap((id) =>
      this.#detachedOf(id).map(({ log: _, ...facts }) => facts),
    );
  }

  /** Says of each moved log once that it was. */
  #warn(detached: readonly MovedLog[]): void {
    for (const facts of detached) {
      const mark = `${facts.process} ${facts.file}`;
      if (!this.#told.has(mark))
        this.journal.warn('a log was moved under its program', { ...facts });
      this.#told.add(mark);
    }
  }

  /** Each log once; the reader rotates what it writes itself. The same list while the state is the same. */
  #active(): readonly KeptLog[] {
    const state = this.#state();
    if (this.#kept?.state !== state) this.#kept = { state, logs: this.#logsIn(state) };
    return this.#kept.logs;
  }

  #logsIn(state: State): KeptLog[] {
    const kept = new Map<string, KeptLog>();
    for (const process of state.processes.values()) {
      const rotates = !isPiped(appOf(state, process)) || this.reader === null;
      for (const path of this.#filesOf(process)) kept.set(path, { path, rotates });
    }
    const { daemonLog } = this.#paths;
    return [...kept.values(), { path: daemonLog, rotates: true }];
  }

  #filesOf(process: Process): string[] {
    const logs = logFilesOf(appOf(this.#state(), process), process);
    return STREAMS.map((stream) => resolve(this.#paths.logs, logs[stream]));
  }

  #detachedOf(id: ProcessId): (MovedLog & { readonly log: string })[] {
    const process = this.#state().processes.get(id);
    const program = process && startedOf(process)?.program;
    if (!program) return [];
    const { name } = appOf(this.#state(), process);
    const paths = this.#filesOf(process);
    return STREAMS.flatMap((stream, index) => {
      const log = paths[index]!;
      const file = detachedLog(program.pid, stream, log);
      return file === null ? [] : [{ process: id, name, stream, file, log }];
    });
  }
}

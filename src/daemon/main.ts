import { createHash } from 'node:crypto';
import { chmodSync, closeSync, readFileSync, rmSync, writeSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { nanoid } from 'nanoid';
import { asyncScheduler, finalize, firstValueFrom, Subject } from 'rxjs';
import type { DaemonInfo } from '../api/routes.js';
import { createServer } from '../api/server.js';
import type { Epoch } from '../domain/ids.js';
import { requestKey, runKey } from '../domain/ids.js';
import { findLauncher } from '../effects/launcher.js';
import { Performer } from '../effects/perform.js';
import type { EventLog } from '../log/event-log.js';
import { openLog } from '../log/open.js';
import { type Cgroups, leaveForeignCgroup, openCgroups } from '../platform/cgroup.js';
import { readEpoch } from '../platform/epoch.js';
import { packageRoot } from '../platform/package-root.js';
import {
  type HomePaths,
  homePaths,
  prepareHome,
  prepareRunDir,
  runFile,
  runFilesDir,
} from '../platform/paths.js';
import { socketAnswers } from '../platform/socket-answers.js';
import { type SocketPath, socketPath } from '../platform/socket-path.js';
import { createHandlers } from './handlers.js';
import { LoadMeter } from './load-meter.js';
import { Loop } from './loop.js';
import { observeRuns } from './run-observer.js';
import { saveSnapshot, stateAt } from './snapshot.js';
import { endedReport, endStrays, findStrays } from './strays.js';

/** How long a starting daemon waits for a reader that holds the log. */
const LOG_WAIT_MS = 5000;
/** Events between two snapshots. */
const SNAPSHOT_EVERY = 5000;
/** Bug in the daemon: somebody starts it again (EX_SOFTWARE, sysexits(3)). */
const EXIT_BUG = 70;

export interface DaemonOptions {
  readonly home: string;
  /** Restore what is wanted up before anything else is served. */
  readonly restore: boolean;
  /** File descriptor that is told, in one line of JSON, that the daemon serves or why it does not. */
  readonly readyFd: number | null;
}

const version = (): string =>
  (
    JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
      version: string;
    }
  ).version;

const tell = (fd: number | null, message: object): void => {
  if (fd === null) return;
  try {
    writeSync(fd, `${JSON.stringify(message)}\n`);
    closeSync(fd);
  } catch {
    // Whoever started us did not wait.
  }
};

const describe = (error: unknown) => {
  const {
    code = 'DAEMON_FAILED',
    message,
    hint = 'the daemon log has more',
  } = error as Error & {
    code?: string;
    hint?: string;
  };
  return { code, message, hint };
};

const listen = (server: Server, socket: SocketPath): Promise<void> =>
  new Promise((resolve, reject) => {
    // We hold the log, so we are the only daemon of this home: a socket that is there is a dead one's.
    rmSync(socket.path, { force: true });
    server.once('error', reject);
    const umask = process.umask(0o177);
    server.listen(socket.path, () => resolve());
    process.umask(umask);
  });

class Daemon {
  readonly #log: EventLog;
  readonly #epoch: Epoch;
  readonly #loop: Loop;
  readonly #performer: Performer;
  readonly #server: Server;
  readonly #cgroups: Cgroups | null;
  readonly #socket: SocketPath;
  readonly #observer: { close(): void };
  readonly #startedAt = Date.now();
  /** Inspections of open runs under way. */
  #inspections = 0;
  readonly #inspected$ = new Subject<void>();
  #snapshotSeq: number;
  #stopping: Promise<void> | null = null;

  private constructor(
    paths: HomePaths,
    log: EventLog,
    initial: Awaited<ReturnType<typeof stateAt>>,
  ) {
    this.#log = log;
    this.#epoch = readEpoch();
    this.#snapshotSeq = initial.seq;
    prepareRunDir(paths, this.#epoch);
    leaveForeignCgroup();
    const launcher = findLauncher(process.env);
    const cgroups = openCgroups(createHash('sha256').update(paths.home).digest('hex').slice(0, 12));
    this.#cgroups = cgroups;
    this.#performer = new Performer({
      paths,
      epoch: this.#epoch,
      launcher,
      cgroups,
      scheduler: asyncScheduler,
      appOf: (id) => {
        const process = this.#loop.state.processes.get(id);
        return (process && this.#loop.state.apps.get(process.app)) ?? null;
      },
    });
    this.#loop = new Loop(initial, {
      log,
      scheduler: asyncScheduler,
      newNonce: () => nanoid(8).replaceAll('-', '_'),
      perform: (effect) => {
        const reports$ = this.#performer.perform(effect);
        if (effect.type !== 'Inspect') return reports$;
        this.#inspections += 1;
        return reports$.pipe(
          finalize(() => {
            this.#inspections -= 1;
            this.#inspected$.next();
          }),
        );
      },
      recorded: (events) => this.#performer.observe(events),
      fatal: (error) => {
        console.error(error);
        process.exit(EXIT_BUG);
      },
    });
    this.#performer.reports$.subscribe((report) => void this.#loop.report(report));
    this.#observer = observeRuns({
      folder: runFilesDir(paths, this.#epoch),
      runFile: (key) => runFile(paths, this.#epoch, key),
      state: () => this.#loop.state,
      report: (report) => void this.#loop.report(report),
      inspect: (runs) => {
        this.#performer.inspect(runs).subscribe((report) => void this.#loop.report(report));
      },
    });
    this.#loop.recorded$.subscribe(() => this.#snapshotWhenDue());
    const meter = new LoadMeter();
    const info = (): DaemonInfo => ({
      running: true,
      pid: process.pid,
      version: version(),
      home: paths.home,
      startedAt: this.#startedAt,
      epoch: this.#epoch,
      launcher: launcher.kind,
      cgroups: cgroups !== null,
      events: log.head().seq,
    });
    this.#server = createServer(
      createHandlers({
        loop: this.#loop,
        log,
        scheduler: asyncScheduler,
        logsFolder: paths.logs,
        info,
        loads: () => meter.read(this.#loop.state),
        strays: () => findStrays(paths.home, this.#loop.state),
        endStrays: () => {
          const strays = endStrays(paths.home, this.#loop.state);
          void this.#loop.report(endedReport(strays));
          return strays;
        },
        stop: () => void this.stop('asked to'),
      }),
    );
    this.#socket = socketPath(paths.socket);
  }

  static async open(options: DaemonOptions): Promise<Daemon> {
    const paths = homePaths(options.home);
    prepareHome(paths);
    const newId = () => nanoid(12);
    const log = await openLog(paths.log, {
      newId,
      create: true,
      waitMs: LOG_WAIT_MS,
      isInVain: () => socketAnswers(paths.socket),
    });
    return new Daemon(paths, log, await stateAt(log));
  }

  /** Looks after what is there, then serves. */
  async start(restore: boolean): Promise<void> {
    await this.#takeOver();
    if (restore) await this.#restore();
    await listen(this.#server, this.#socket);
    chmodSync(this.#socket.path, 0o600);
  }

  /** Records that we are here and waits until every open run is accounted for. */
  async #takeOver(): Promise<void> {
    const started = {
      type: 'DaemonStarted',
      pid: process.pid,
      version: version(),
      epoch: this.#epoch,
    } as const;
    await this.#loop.report(started);
    while (this.#inspections > 0) await firstValueFrom(this.#inspected$);
  }

  async #restore(): Promise<void> {
    const key = `daemon-${nanoid()}`;
    await this.#loop.submit(
      {
        type: 'Restore',
        runKey: runKey(key),
        source: { kind: 'wanted' },
        set: null,
        atomic: false,
        concurrency: 0,
      },
      {
        key: requestKey(key),
        bodyHash: '',
        actor: {
          uid: process.getuid?.() ?? 0,
          command: 'opm daemon run --restore',
        },
      },
    );
  }

  #snapshotWhenDue(): void {
    const { state } = this.#loop;
    if (state.seq - this.#snapshotSeq < SNAPSHOT_EVERY) return;
    this.#snapshotSeq = state.seq;
    saveSnapshot(this.#log, state).catch((error) => console.error(error));
  }

  /** Ends the daemon; the programs go on and can be adopted. */
  stop(reason: string): Promise<void> {
    this.#stopping ??= this.#close(reason);
    return this.#stopping;
  }

  async #close(reason: string): Promise<void> {
    this.#loop.close();
    this.#observer.close();
    this.#server.close();
    await this.#loop.report({ type: 'DaemonStopping', reason });
    this.#loop.end();
    await saveSnapshot(this.#log, this.#loop.state).catch((error) => console.error(error));
    rmSync(this.#socket.path, { force: true });
    this.#server.closeAllConnections();
    this.#cgroups?.close();
    await this.#log.close().catch((error) => console.error(error));
    process.exit(0);
  }
}

/** Runs the daemon of a home until it is told to stop. Never resolves before it serves. */
export const runDaemon = async (options: DaemonOptions): Promise<void> => {
  // A daemon that is started from inside a managed program belongs to nobody's run.
  delete process.env.OPM_SPAWN_KEY;
  try {
    const daemon = await Daemon.open(options);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => void daemon.stop(signal));
    }
    process.on('SIGHUP', () => {});
    await daemon.start(options.restore);
    tell(options.readyFd, { ready: true, pid: process.pid });
  } catch (error) {
    tell(options.readyFd, { error: describe(error) });
    throw error;
  }
};

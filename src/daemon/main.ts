import { createHash } from 'node:crypto';
import { chmodSync, closeSync, readFileSync, rmSync, writeSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { nanoid } from 'nanoid';
import { asyncScheduler } from 'rxjs';
import type { DaemonInfo } from '../api/routes.js';
import { createServer } from '../api/server.js';
import { findLauncher } from '../effects/launcher.js';
import type { EventLog } from '../log/event-log.js';
import { openLog } from '../log/open.js';
import { type Cgroups, leaveForeignCgroup, openCgroups } from '../platform/cgroup.js';
import { readEpoch } from '../platform/epoch.js';
import { homeOs } from '../platform/os.js';
import { packageRoot } from '../platform/package-root.js';
import { type HomePaths, homePaths, prepareHome, prepareRunDir } from '../platform/paths.js';
import { socketAnswers } from '../platform/socket-answers.js';
import { type SocketPath, socketPath } from '../platform/socket-path.js';
import { openVault } from '../platform/vault.js';
import { type Failpoint, readFailpoint, trapped } from './failpoints.js';
import { createHandlers } from './handlers.js';
import { HomeLogs } from './home-logs.js';
import { keepHouse } from './housekeeping.js';
import { LoadMeter } from './load-meter.js';
import { Retention, retentionPolicy } from './retention.js';
import { stateAt } from './snapshot.js';
import { endedReport, endStrays, findStrays } from './strays.js';
import { Supervisor } from './supervisor.js';

/** How long a starting daemon waits for a reader that holds the log. */
const LOG_WAIT_MS = 5000;
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

/** Dies at once, as a daemon does that is killed there; its log says where. */
const dieAt =
  ({ name }: Failpoint) =>
  (): void => {
    writeSync(2, `failpoint ${name}\n`);
    process.kill(process.pid, 'SIGKILL');
  };

class Daemon {
  readonly #log: EventLog;
  readonly #supervisor: Supervisor;
  readonly #server: Server;
  readonly #cgroups: Cgroups | null;
  readonly #socket: SocketPath;
  readonly #paths: HomePaths;
  readonly #logs: HomeLogs;
  readonly #startedAt = Date.now();
  readonly #keepHouse: () => { close(): void };
  #house: { close(): void } | null = null;
  #stopping: Promise<void> | null = null;

  private constructor(
    paths: HomePaths,
    log: EventLog,
    initial: Awaited<ReturnType<typeof stateAt>>,
    failpoint: Failpoint | null,
  ) {
    this.#log = log;
    this.#paths = paths;
    const epoch = readEpoch();
    prepareRunDir(paths, epoch);
    leaveForeignCgroup();
    const launcher = findLauncher(process.env);
    const logs = new HomeLogs({
      paths,
      epoch,
      env: process.env,
      launcher,
      scheduler: asyncScheduler,
      state: () => this.#supervisor.loop.state,
    });
    this.#logs = logs;
    const cgroups = openCgroups(createHash('sha256').update(paths.home).digest('hex').slice(0, 12));
    this.#cgroups = cgroups;
    const world = { log, os: homeOs(paths, epoch, cgroups), launcher };
    const supervisor = new Supervisor(initial, {
      ...(failpoint ? trapped(world, failpoint, dieAt(failpoint)) : world),
      paths,
      epoch,
      reader: logs.reader,
      scheduler: asyncScheduler,
      newNonce: () => nanoid(8).replaceAll('-', '_'),
      fatal: (error) => {
        logs.journal.error('a bug: the daemon ends', { error });
        console.error(error);
        process.exit(EXIT_BUG);
      },
    });
    this.#supervisor = supervisor;
    logs.watch(supervisor);
    const { loop } = supervisor;
    const meter = new LoadMeter();
    const retention = new Retention({
      log,
      policy: retentionPolicy(process.env),
      state: () => loop.state,
      now: Date.now,
      report: (recorded) => loop.report({ type: 'HistoryOutgrown', ...recorded }),
    });
    this.#keepHouse = () => {
      const kept = [keepHouse(paths, epoch, loop), retention.begin(loop.recorded$)];
      return { close: () => kept.forEach((one) => void one.close()) };
    };
    const info = (): DaemonInfo => ({
      running: true,
      pid: process.pid,
      version: version(),
      home: paths.home,
      startedAt: this.#startedAt,
      epoch,
      launcher: launcher.kind,
      cgroups: cgroups !== null,
      events: log.head().seq,
    });
    this.#server = createServer(
      createHandlers({
        loop,
        log,
        scheduler: asyncScheduler,
        logs,
        info,
        loads: () => meter.read(loop.state),
        strays: () => findStrays(paths.home, loop.state),
        endStrays: () => {
          const strays = endStrays(paths.home, loop.state);
          void loop.report(endedReport(strays));
          return strays;
        },
        stop: () => void this.stop('asked to'),
        retention,
        vault: openVault(paths.secrets),
      }),
      (error) => logs.journal.error('a request failed', { error }),
    );
    this.#socket = socketPath(paths.socket);
  }

  static async open(options: DaemonOptions): Promise<Daemon> {
    const failpoint = readFailpoint(process.env.OPM_FAILPOINT);
    const paths = homePaths(options.home);
    prepareHome(paths);
    const newId = () => nanoid(12);
    const log = await openLog(paths.log, {
      newId,
      create: true,
      waitMs: LOG_WAIT_MS,
      isInVain: () => socketAnswers(paths.socket),
    });
    return new Daemon(paths, log, await stateAt(log), failpoint);
  }

  /** Looks after what is there, then serves. */
  async start(restore: boolean): Promise<void> {
    await this.#supervisor.takeOver({ pid: process.pid, version: version() });
    if (restore) {
      const uid = process.getuid?.() ?? 0;
      await this.#supervisor.restoreWanted(`daemon-${nanoid()}`, 'opm daemon run --restore', uid);
    }
    await listen(this.#server, this.#socket);
    chmodSync(this.#socket.path, 0o600);
    const { journal, keeper } = this.#logs;
    journal.info('serves', { version: version(), home: this.#paths.home });
    keeper.start();
    this.#house = this.#keepHouse();
  }

  /** Ends the daemon; the programs go on and can be adopted. */
  stop(reason: string): Promise<void> {
    this.#stopping ??= this.#close(reason);
    return this.#stopping;
  }

  /** What SIGUSR2 asks for. */
  reloadLogs(): void {
    this.#logs.reload();
  }

  async #close(reason: string): Promise<void> {
    this.#logs.journal.info('stops', { reason });
    this.#logs.keeper.close();
    this.#server.close();
    this.#house?.close();
    await this.#supervisor.close(reason);
    rmSync(this.#socket.path, { force: true });
    this.#server.closeAllConnections();
    this.#cgroups?.close();
    await this.#log.close().catch((error) => this.#logs.journal.error('log not closed', { error }));
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
    process.on('SIGUSR2', () => daemon.reloadLogs());
    await daemon.start(options.restore);
    tell(options.readyFd, { ready: true, pid: process.pid });
  } catch (error) {
    tell(options.readyFd, { error: describe(error) });
    throw error;
  }
};

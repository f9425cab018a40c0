import { chmodSync, closeSync, readFileSync, rmSync, writeSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { nanoid } from 'nanoid';
import { openLog } from '../log/open.js';
import { packageRoot } from '../platform/package-root.js';
import { homePaths, prepareHome } from '../platform/paths.js';
import { socketAnswers } from '../platform/socket-answers.js';
import { type SocketPath, socketPath } from '../platform/socket-path.js';
import { compose, type Ground, type Parts } from './compose.js';
import { readFailpoint } from './failpoints.js';
import { stateAt } from './snapshot.js';

/** How long a starting daemon waits for a reader that holds the log. */
const LOG_WAIT_MS = 5000;

export interface DaemonOptions {
  readonly home: string;
  /** Restore what is wanted up before anything else is served. */
  readonly restore: boolean;
  /** End the programs too when the daemon is told to stop: what follows would take them down without asking. */
  readonly withPrograms: boolean;
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

const ownUid = (): number => process.getuid?.() ?? 0;

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
  readonly #parts: Parts;
  readonly #socket: SocketPath;
  #house: { close(): void } | null = null;
  #stopping: Promise<void> | null = null;
  readonly #withPrograms: boolean;

  private constructor(ground: Omit<Ground, 'stop' | 'version'>, withPrograms: boolean) {
    this.#withPrograms = withPrograms;
    const stop = (reason: string): void => void this.stop(reason);
    this.#parts = compose({ ...ground, version: version(), stop });
    this.#socket = socketPath(ground.paths.socket);
  }

  static async open(options: DaemonOptions): Promise<Daemon> {
    const failpoint = readFailpoint(process.env.OPM_FAILPOINT);
    const paths = homePaths(options.home);
    prepareHome(paths);
    const log = await openLog(paths.log, {
      newId: () => nanoid(12),
      create: true,
      waitMs: LOG_WAIT_MS,
      isInVain: () => socketAnswers(paths.socket),
    });
    const ground = { paths, log, initial: await stateAt(log), failpoint };
    return new Daemon(ground, options.withPrograms);
  }

  /** Looks after what is there, then serves. */
  async start({ restore, home }: DaemonOptions): Promise<void> {
    const { supervisor, server, logs, keepHouse } = this.#parts;
    await supervisor.takeOver({ pid: process.pid, version: version() });
    if (restore) {
      await supervisor.restoreWanted(`daemon-${nanoid()}`, 'opm daemon run --restore', ownUid());
    }
    await listen(server, this.#socket);
    chmodSync(this.#socket.path, 0o600);
    logs.journal.info('serves', { version: version(), home });
    logs.start();
    this.#house = keepHouse();
  }

  /** Ends the daemon; the programs go on and can be adopted, unless they are to end with it. */
  stop(reason: string): Promise<void> {
    this.#stopping ??= this.#close(reason);
    return this.#stopping;
  }

  /** What SIGUSR2 asks for. */
  reloadLogs(): void {
    void this.#parts.logs.reload();
  }

  async #endPrograms(reason: string): Promise<void> {
    const { supervisor, logs } = this.#parts;
    await supervisor
      .endPrograms(`daemon-${nanoid()}`, `opm daemon run, told to stop by ${reason}`, ownUid())
      .catch((error) => logs.journal.error('programs not ended', { error }));
  }

  async #close(reason: string): Promise<void> {
    const { supervisor, server, logs, cgroups, log } = this.#parts;
    logs.journal.info('stops', { reason });
    if (this.#withPrograms) await this.#endPrograms(reason);
    logs.keeper.close();
    server.close();
    this.#house?.close();
    await supervisor.close(reason);
    rmSync(this.#socket.path, { force: true });
    server.closeAllConnections();
    cgroups?.close();
    await log.close().catch((error) => logs.journal.error('log not closed', { error }));
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
    await daemon.start(options);
    tell(options.readyFd, { ready: true, pid: process.pid });
  } catch (error) {
    tell(options.readyFd, { error: describe(error) });
    throw error;
  }
};

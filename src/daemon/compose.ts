import { writeSync } from 'node:fs';
import type { Server } from 'node:http';
import { nanoid } from 'nanoid';
import { asyncScheduler } from 'rxjs';
import type { DaemonInfo } from '../api/routes.js';
import { createServer } from '../api/server.js';
import type { Epoch } from '../domain/ids.js';
import type { State } from '../domain/state.js';
import { findLauncher } from '../effects/launcher.js';
import type { EventLog } from '../log/event-log.js';
import { type Cgroups, cgroupTag, leaveForeignCgroup, openCgroups } from '../platform/cgroup.js';
import { readEpoch } from '../platform/epoch.js';
import { homeOs } from '../platform/os.js';
import { type HomePaths, prepareRunDir } from '../platform/paths.js';
import { openVault } from '../platform/vault.js';
import { type Failpoint, trapped } from './failpoints.js';
import { createHandlers } from './handlers.js';
import { HomeLogs } from './home-logs.js';
import { keepHouse } from './housekeeping.js';
import { LoadMeter } from './load-meter.js';
import { Retention, retentionPolicy } from './retention.js';
import { endedReport, endStrays, findStrays } from './strays.js';
import { Supervisor } from './supervisor.js';

/** Bug in the daemon: somebody starts it again (EX_SOFTWARE, sysexits(3)). */
const EXIT_BUG = 70;

/** What a daemon is made of. */
export interface Parts {
  readonly log: EventLog;
  readonly supervisor: Supervisor;
  /** Not listening yet. */
  readonly server: Server;
  readonly logs: HomeLogs;
  readonly cgroups: Cgroups | null;
  /** Begins to keep the home small. */
  keepHouse(): { close(): void };
}

/** What the parts are made from. */
export interface Ground {
  readonly paths: HomePaths;
  readonly log: EventLog;
  readonly initial: State;
  /** Where to die, for those who test that. */
  readonly failpoint: Failpoint | null;
  readonly version: string;
  /** Asked to end. */
  stop(reason: string): void;
}

/** Dies at once, as a daemon does that is killed there; its log says where. */
const dieAt =
  ({ name }: Failpoint) =>
  (): void => {
    writeSync(2, `failpoint ${name}\n`);
    process.kill(process.pid, 'SIGKILL');
  };

/** The API of these parts, as a server that is not listening yet. */
const serverOf = (
  { paths, log, version, stop }: Ground,
  parts: Pick<Parts, 'supervisor' | 'logs' | 'cgroups'> & {
    readonly retention: Retention;
    readonly launcher: DaemonInfo['launcher'];
    readonly epoch: Epoch;
  },
): Server => {
  const { logs, cgroups, retention, launcher, epoch } = parts;
  const { loop } = parts.supervisor;
  const startedAt = Date.now();
  const info = (): DaemonInfo => ({
    running: true,
    pid: process.pid,
    version,
    home: paths.home,
    startedAt,
    epoch,
    launcher,
    cgroups: cgroups !== null,
    events: log.head().seq,
  });
  const meter = new LoadMeter();
  const handlers = createHandlers({
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
    stop: () => stop('asked to'),
    retention,
    vault: openVault(paths.secrets),
  });
  return createServer(handlers, (error) => logs.journal.error('a request failed', { error }));
};

/** Puts the daemon of a home together. Nothing is looked after and nothing served yet. */
export const compose = (ground: Ground): Parts => {
  const { paths, log, initial, failpoint } = ground;
  const [scheduler, epoch] = [asyncScheduler, readEpoch(paths)];
  prepareRunDir(paths, epoch);
  leaveForeignCgroup();
  const launcher = findLauncher(process.env);
  const logs = new HomeLogs({
    paths,
    epoch,
    env: process.env,
    launcher,
    scheduler,
    state: () => supervisor.loop.state,
  });
  const cgroups = openCgroups(cgroupTag(paths.home));
  const world = { log, os: homeOs(paths, epoch, cgroups), launcher };
  const supervisor: Supervisor = new Supervisor(initial, {
    ...(failpoint ? trapped(world, failpoint, dieAt(failpoint)) : world),
    paths,
    epoch,
    reader: logs.reader,
    scheduler,
    newNonce: () => nanoid(8).replaceAll('-', '_'),
    fatal: (error) => {
      logs.journal.error('a bug: the daemon ends', { error });
      console.error(error);
      process.exit(EXIT_BUG);
    },
  });
  logs.watch(supervisor);
  const { loop } = supervisor;
  const retention = new Retention({
    log,
    policy: retentionPolicy(process.env),
    state: () => loop.state,
    now: Date.now,
    report: (recorded) => loop.report({ type: 'HistoryOutgrown', ...recorded }),
  });
  return {
    log,
    supervisor,
    server: serverOf(ground, {
      supervisor,
      logs,
      cgroups,
      retention,
      launcher: launcher.kind,
      epoch,
    }),
    logs,
    cgroups,
    keepHouse: () => {
      const { journal } = logs;
      const kept = [
        keepHouse(paths, epoch, loop, journal),
        retention.begin(loop.recorded$, journal),
      ];
      return { close: () => kept.forEach((one) => void one.close()) };
    },
  };
};

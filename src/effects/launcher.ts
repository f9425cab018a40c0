import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type App, argvOf } from '../domain/app.js';
import type { LogFiles } from '../domain/os-process.js';
import type { Probe } from '../domain/policy.js';
import { BUILT, nativeFolder } from '../platform/companion.js';
import { directSpawner, type Spawner } from './spawn.js';
import { SpawnServer } from './spawn-server.js';

/** The files that a launch is about; see the launcher's README for its contract. */
export interface LaunchFiles {
  readonly lock: string;
  readonly run: string;
  readonly out: string;
  readonly error: string;
  readonly cgroup: string | null;
  /** The pipes to the reader; null when the program writes straight to its files. */
  readonly pipes: LogFiles | null;
}

export interface LauncherBinary {
  readonly kind: 'native' | 'shell';
  /** What to execute before the launcher's own arguments. */
  readonly command: readonly [string, ...string[]];
  /** What starts it: the spawn server where there is one. */
  readonly spawner: Spawner;
}

/**
 * The launcher to use: the package's static one, else the one built here, else the shell's. The
 * environment variable OPM_LAUNCHER=shell chooses the last (for tests and for doubts).
 */
export const findLauncher = (env: NodeJS.ProcessEnv): LauncherBinary => {
  const folder = nativeFolder(env);
  if (folder === null) {
    const command = ['/bin/sh', join(BUILT, 'launcher.sh')] as const;
    return { kind: 'shell', command, spawner: directSpawner };
  }
  const server = join(folder, 'opm-spawner');
  const spawner = existsSync(server) ? new SpawnServer(server) : directSpawner;
  return { kind: 'native', command: [join(folder, 'opm-launcher')], spawner };
};

/** Whether a program is asked to end over Node's channel; the shell's launcher has none, and sends the signal. */
export const asksByMessage = ({ kind }: LauncherBinary, { stop }: App): boolean =>
  stop.shutdownWithMessage && kind === 'native';

/** How the program tells its launcher something, if that is how it is to be found out. */
const told = (flag: '--ready' | '--alive', probe: Probe | undefined): readonly string[] => {
  switch (probe?.kind) {
    case 'message':
    case 'notify':
      return [flag, probe.kind];
    case 'descriptor':
      return [flag, String(probe.fd)];
    case 'tcp':
    case 'http':
    case 'output':
    case 'command':
    case undefined:
      return [];
  }
};

/** The launcher's whole argument vector for one run of an app; `setup` are the options of its user and limits. */
export const launchArgv = (
  binary: LauncherBinary,
  app: App,
  files: LaunchFiles,
  setup: readonly string[],
): readonly [string, ...string[]] => {
  const { killSignal, killTimeoutMs, treekill } = app.stop;
  const signal = constants.signals[killSignal as NodeJS.Signals] ?? constants.signals.SIGTERM;
  return [
    ...binary.command,
    ...['--lock', files.lock, '--run', files.run, '--name', app.name],
    ...['--out', files.out, '--err', files.error],
    ...(files.pipes === null
      ? []
      : ['--pipe-out', files.pipes.out, '--pipe-err', files.pipes.error]),
    ...(files.cgroup === null ? [] : ['--cgroup', files.cgroup]),
    ...['--kill-signal', String(signal), '--kill-timeout', String(killTimeoutMs)],
    ...(treekill ? [] : ['--leave-tree']),
    ...(asksByMessage(binary, app) ? ['--messages'] : []),
    ...told('--ready', app.policies.readiness?.probe),
    ...told('--alive', app.policies.liveness?.probe),
    ...setup,
    '--',
    ...argvOf(app.command),
  ];
};

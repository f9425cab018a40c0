import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Epoch, ProcessId, SpawnKey } from '../domain/ids.js';
import type { OsProcess } from '../domain/os-process.js';
import type { AskingProbe } from '../domain/policy.js';
import { type Census, takeCensus } from './census.js';
import type { Cgroups } from './cgroup.js';
import { changeOf } from './file-identity.js';
import { type LogFolder, LogStream, readLogFolder } from './log-stream.js';
import { onceATurn } from './once-a-turn.js';
import { holdersOf } from './open-file.js';
import { type HomePaths, runFile, runFilesDir, slotLock } from './paths.js';
import { ask, type ProbeSettings } from './probe.js';
import { isSame } from './proc.js';
import { type EnvironmentSource, readEnvFile } from './read-environment.js';
import { createFence, type RunFile, readRunFile } from './run-file.js';
import { type RunWatchListener, watchRuns } from './run-watch.js';
import { setLogAside } from './set-aside.js';
import { type Delivery, signalGroup, signalProcess } from './signals.js';
import { killTree, type RunTree } from './tree.js';
import { TreeMeter } from './tree-meter.js';
import { openVault } from './vault.js';

/**
 * Everything that the effects ask of the operating system or do to it, launching apart. One home, one epoch;
 * the simulation has one of its own.
 */
export interface Os {
  /** What is written of a run; null while nobody has claimed its key. */
  readRun(key: SpawnKey): RunFile | null;
  /** Changes with every sign of life that the program of a run gives its launcher; null when nothing is known of it. */
  lastSign(key: SpawnKey): string | null;
  /** Takes a key so that no launcher ever can. False when it is taken already; reading it tells by whom. */
  fence(key: SpawnKey, now: number): boolean;
  /** Tells of run files that change; see `watchRuns`. */
  watchRuns(listener: RunWatchListener): { close(): void };
  /** Whether exactly this process is alive. */
  isAlive(process: OsProcess): boolean;
  /** Who is there; all who ask in one turn get the same answer. */
  census(): Census;
  /** See `signalProcess`. */
  signal(process: OsProcess, signal: string): Delivery;
  /** See `signalGroup`. */
  signalGroup(leader: OsProcess, signal: string): Delivery;
  /** See `killTree`: how many there were. */
  killTree(run: RunTree): number;
  /** The cgroup of this process, made if need be; null where there are none. */
  makeCgroup(process: ProcessId): string | null;
  /** The cgroup of this process if it was made. */
  cgroupOf(process: ProcessId): string | null;
  /** Who has the lock file of this process open: its launcher, and what inherited it. */
  slotHolders(process: ProcessId): readonly OsProcess[];
  /** Takes back what a removed process held: its lock file and its cgroup. */
  releaseSlot(process: ProcessId): void;
  /** What an environment is made of beside what the definition says itself. */
  readonly environment: EnvironmentSource;
  /** See `ask`: what is wrong with a program, or null. */
  ask(probe: AskingProbe, settings: ProbeSettings): Promise<string | null>;
  /** See `TreeMeter`. */
  treeMeter<Key>(): Pick<TreeMeter<Key>, 'look'>;
  /** All that is kept of a log, as one stream. */
  openLog(path: string): Pick<LogStream, 'read' | 'bounds'>;
  /** Moves a filled log file aside; see `setLogAside`. */
  setLogAside(path: string, process: ProcessId): void;
}

/** The operating system as it is, for one home in one epoch. */
export const homeOs = (paths: HomePaths, epoch: Epoch, cgroups: Cgroups | null): Os => {
  const census = onceATurn(takeCensus);
  // The folder of logs is read once for all that are launched together, not once for each of them.
  const foldersRead = onceATurn(() => new Map<string, LogFolder>());
  return {
    readRun: (key) => readRunFile(runFile(paths, epoch, key)),
    lastSign: (key) => changeOf(runFile(paths, epoch, key)),
    fence: (key, now) => createFence(runFile(paths, epoch, key), process.pid, now),
    watchRuns: (listener) => watchRuns(runFilesDir(paths, epoch), listener),
    isAlive: isSame,
    census,
    signal: signalProcess,
    signalGroup,
    killTree: (run) => killTree(run, census()),
    makeCgroup: (id) => cgroups?.slot(id) ?? null,
    cgroupOf: (id) => cgroups?.existing(id) ?? null,
    slotHolders: (id) => holdersOf(slotLock(paths, epoch, id)),
    releaseSlot: (id) => {
      cgroups?.remove(id);
      rmSync(slotLock(paths, epoch, id), { force: true });
    },
    environment: { readFile: readEnvFile, reveal: openVault(paths.secrets).reveal },
    setLogAside: (path, id) => {
      const folder = dirname(path);
      const held = foldersRead().get(folder) ?? readLogFolder(folder);
      foldersRead().set(folder, held);
      setLogAside(path, id, held);
    },
    ask,
    treeMeter: () => new TreeMeter(),
    openLog: (path) => new LogStream(path),
  };
};

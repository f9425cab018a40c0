import type { SpawnKey } from '../domain/ids.js';
import type { OsProcess } from '../domain/os-process.js';
import type { RunFact } from '../domain/report.js';
import type { Started } from '../domain/state.js';
import type { Os } from '../platform/os.js';
import { exitRecordOf, type RunFile } from '../platform/run-file.js';
import type { RunTarget } from './effect.js';
import { factsOf } from './run-facts.js';

/** What inspecting a run needs of the world around it. */
export interface RunWorld {
  readonly os: Os;
  now(): number;
  /** Whether something that looks like its launcher is alive, whatever was written. */
  hasLauncher(run: RunTarget): boolean;
  /**
   * Ends what is alive of a run without its launcher; resolves when nothing is. When it is known who the dead
   * launcher was, what looks like one is the child that it forked, about to become the program, and whoever holds
   * the slot is of this run even if it hides.
   */
  endRemains(run: RunTarget, launcher: OsProcess | null): Promise<void>;
}

/** Nothing of the run is alive and no final line was written: the record as far as it goes. */
const unfinished = (key: SpawnKey, file: RunFile, hadRemains: boolean, now: number): RunFact => {
  const { exit, fail } = file;
  if (fail)
    return {
      kind: 'failed',
      spawnKey: key,
      stage: fail.stage,
      error: fail.error,
    };
  if (!exit || !file.start) {
    return {
      kind: 'lost',
      spawnKey: key,
      reason: hadRemains ? 'launcher-killed' : 'no-record',
    };
  }
  const empty = {
    at: now,
    userMs: 0,
    systemMs: 0,
    maxRssBytes: 0,
    oomKills: 0,
  };
  const record = exitRecordOf({ ...file, empty });
  return record
    ? { kind: 'ended', spawnKey: key, exit: record, outputTo: file.outputTo }
    : { kind: 'lost', spawnKey: key, reason: 'no-record' };
};

/** What the file alone tells of a program whose launcher is dead. */
const startedBy = (
  { program, at }: NonNullable<RunFile['start']>,
  outputFrom: RunFile['outputFrom'],
): Started => ({
  program,
  launcher: null,
  startedAt: at,
  adopted: true,
  outputFrom,
});

/** A run that lives, and what its program said before we came. */
const adopted = (
  spawnKey: SpawnKey,
  { start, ready, outputFrom }: RunFile,
  launcher: OsProcess | null,
): RunFact[] => {
  if (!start) return [];
  const { program, at: startedAt } = start;
  const found = { kind: 'adopted', spawnKey, program, launcher, startedAt, outputFrom } as const;
  return ready ? [found, { kind: 'ready', spawnKey, readyAt: ready.at }] : [found];
};

/** A claimed run without a final line: who of it is alive decides. */
const inspectClaimed = async (
  run: RunTarget,
  file: RunFile & { readonly claim: NonNullable<RunFile['claim']> },
  world: RunWorld,
): Promise<RunFact[]> => {
  const { spawnKey } = run;
  const { start } = file;
  const { launcher } = file.claim;
  if (world.os.isAlive(launcher)) return adopted(spawnKey, file, launcher);
  // The launcher may have written its last line between our reading the file and its own end.
  const again = world.os.readRun(spawnKey);
  if (again?.empty) return factsOf(spawnKey, again);
  if (start && !file.exit && world.os.isAlive(start.program)) return adopted(spawnKey, file, null);
  // Without a start: its launcher was killed before it could write that the child had become the program.
  const begun = start ?? file.child;
  const known = begun ? { ...run, started: run.started ?? startedBy(begun, file.outputFrom) } : run;
  await world.endRemains(known, file.claim.launcher);
  return [
    ...factsOf(spawnKey, file),
    unfinished(spawnKey, file, run.started?.launcher === null, world.now()),
  ];
};

/**
 * Asks the kernel what became of a run, never guessing. An unclaimed key is fenced first, so that a
 * launcher that comes late finds it taken and runs nothing.
 */
export const inspectRun = async (run: RunTarget, world: RunWorld): Promise<RunFact[]> => {
  const { spawnKey } = run;
  const file = world.os.readRun(spawnKey);
  if (!file) {
    if (!world.os.fence(spawnKey, world.now())) return inspectRun(run, world);
    await world.endRemains(run, null);
    return [{ kind: 'abandoned', spawnKey }];
  }
  if (file.fence) return [{ kind: 'abandoned', spawnKey }];
  if (file.empty) return factsOf(spawnKey, file);
  if (file.claim) return inspectClaimed(run, { ...file, claim: file.claim }, world);
  // Created but not written: its launcher is between two system calls, and writes what it does next, or died there.
  if (world.hasLauncher(run)) return [];
  await world.endRemains(run, null);
  return [{ kind: 'lost', spawnKey, reason: 'no-record' }];
};

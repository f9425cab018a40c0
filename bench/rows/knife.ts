import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import type { Row } from '../row.js';
import { rotated, Stage, withPlaces } from '../stage.js';

const FEW = 10;
const MANY = 50;
/** A restore of many lasts about so long; the knife falls at a random instant of it. */
const RESTORE_MS = 800;
/** What is started late is counted too. */
const SETTLE_MS = 2000;
const MANAGED_WITHIN_MS = 10_000;

const doubledIn = (series: string, count: number): string =>
  `${series}: doubled in all trials, ${count} each`;
const missingIn = (series: string, count: number): string =>
  `${series}: missing in all trials, ${count} each`;

/** Ms until the manager lists a living copy of every program, or the limit when it never does. */
const untilManaged = async (stage: Stage, count: number, from: number): Promise<number> => {
  const { restore } = stage.session;
  while (performance.now() - from < MANAGED_WITHIN_MS) {
    const listed = new Set(await restore!.listed().catch(() => []));
    const managed = [...stage.signs.living().values()].filter((pids) =>
      pids.some((pid) => listed.has(pid)),
    );
    if (managed.length === count) return performance.now() - from;
    await pause(20);
  }
  return MANAGED_WITHIN_MS;
};

const countCopies = (bench: Bench, stage: Stage, series: string, count: number): void => {
  const copies = [...stage.signs.living().values()];
  const { name } = stage.manager;
  const doubled = copies.filter((pids) => pids.length > 1).length;
  bench.sample(doubledIn(series, count), name, doubled, 'programs');
  bench.sample(missingIn(series, count), name, count - copies.length, 'programs');
};

const killManager = async (stage: Stage): Promise<void> => {
  for (const pid of await stage.session.roots().catch(() => [])) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It had not come up yet.
    }
  }
};

/** The manager dies with everything up. */
const killAtRest = async (bench: Bench, stage: Stage): Promise<void> => {
  const series = 'killed at rest';
  await stage.startSleepers(FEW);
  await stage.session.restore!.save();
  await killManager(stage);
  const from = performance.now();
  await stage.session.restore!.run();
  const ms = await untilManaged(stage, FEW, from);
  bench.sample(`${series}: until all are managed again`, stage.manager.name, ms, 'ms');
  await pause(SETTLE_MS);
  countCopies(bench, stage, series, FEW);
};

/** The manager dies while it restores. */
const killInRestore = async (bench: Bench, stage: Stage): Promise<void> => {
  const series = 'killed in a restore';
  const { restore } = stage.session;
  await stage.startSleepers(MANY);
  await restore!.prepare();
  const first = restore!.run();
  await pause(Math.random() * RESTORE_MS);
  await killManager(stage);
  await restore!.run();
  await first;
  await pause(SETTLE_MS);
  countCopies(bench, stage, series, MANY);
};

export const knife: Row = {
  name: 'knife',
  title: 'SIGKILL to the manager, then its own restore',
  method: `Silent programs, counted by the pids they signed with that are alive ${SETTLE_MS / 1000} s later; sums over all trials. At rest: with ${FEW} programs up. In a restore: at a random instant of restoring ${MANY}. Managed: the manager’s list shows a living copy of each.`,
  minutes: 6,
  goals: [
    { series: doubledIn('killed at rest', FEW), atMost: 0 },
    { series: missingIn('killed at rest', FEW), atMost: 0 },
    { series: doubledIn('killed in a restore', MANY), atMost: 0 },
    { series: missingIn('killed in a restore', MANY), atMost: 0 },
  ],
  async run(bench) {
    const able = bench.managers.filter(({ name }) => name === 'opm' || name === 'PM2');
    for (const trial of [killAtRest, killInRestore]) {
      for (let round = 0; round < bench.rounds(10); round += 1) {
        for (const manager of rotated(able, round)) {
          await withPlaces(
            () => [new Stage(manager)],
            ([stage]) => trial(bench, stage!),
          );
        }
      }
    }
  },
};

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { pssMb, rssMb } from '../processes.js';
import type { Row } from '../row.js';
import { rotated, Stage, withPlaces } from '../stage.js';

const LIBRARIES =
  '`node:http`, `node:crypto` and LevelDB take 11 MB beside a bare Node before a line of ours, nearly all of it pages of files that all Nodes share; the schemas of apps take 5 more';
const SIZES = [0, 100, 500];
const SETTLE_MS = 1000;
/** By then a manager has let go of what only its start needed: V8 collects when it has been idle for 8 s, and again. */
const REST_MS = 30_000;

/** Resident memory of a Node that does nothing. */
export const bareNodeMb = async (): Promise<number> => {
  const argv = ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1e9)'];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  await pause(SETTLE_MS);
  const mb = rssMb([child.pid!]);
  child.kill('SIGKILL');
  return mb;
};

const seriesOf = (size: number): string => `${size} programs`;

/** All managers with all numbers of programs at the same time: they rest, and do not disturb each other. */
const measure = async (bench: Bench, sizes: readonly number[], round: number): Promise<void> => {
  for (const size of sizes) bench.sample(seriesOf(size), 'floor', await bareNodeMb(), 'MB');
  await withPlaces(
    () =>
      sizes.flatMap((size) =>
        rotated(bench.managers, round).map((manager) => new Stage(manager, size)),
      ),
    async (stages) => {
      for (const stage of stages) await stage.startSleepers();
      await pause(REST_MS);
      for (const stage of stages) {
        const series = seriesOf(stage.size);
        const { main, all } = await stage.processes();
        bench.sample(series, stage.manager.name, rssMb(main), 'MB');
        const divided = `${series}, all its processes, shares divided`;
        bench.sample(divided, stage.manager.name, pssMb(all), 'MB');
      }
    },
  );
};

export const memory: Row = {
  name: 'memory',
  title: 'Memory of the manager',
  method:
    'Resident memory of the manager half a minute after the last program is up, all managers at the same time; and of all its processes (opm: daemon, spawn server, launchers; runit: `runsvdir` and every `runsv`), shared pages divided among those who share them. The floor is a Node that does nothing.',
  minutes: 5,
  goals: [
    { series: '0 programs', atMost: 50, boundedBy: LIBRARIES },
    { series: '100 programs', atMost: 52, boundedBy: LIBRARIES },
    { series: '500 programs', atMost: 60, boundedBy: LIBRARIES },
  ],
  async run(bench) {
    for (let round = 0; round < bench.rounds(5); round += 1) {
      await measure(bench, bench.quick ? SIZES.slice(0, 2) : SIZES, round);
    }
  },
};

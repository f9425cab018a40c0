import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { pssMb, rssMb } from '../processes.js';
import type { Row } from '../row.js';
import { rotated, Stage, withPlaces } from '../stage.js';

const LIBRARIES =
  'a bare Node takes 41 to 43 MB; `node:http`, LevelDB and the schemas of the API take it to 58 before a line of ours';
const SIZES = [0, 100, 500];
const SETTLE_MS = 1000;
/** By then a manager has let go of what only its start needed. */
const REST_MS = 10_000;

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

const measure = async (bench: Bench, size: number, round: number): Promise<void> => {
  const series = `${size} programs`;
  bench.sample(series, 'floor', await bareNodeMb(), 'MB');
  const divided = `${series}, all its processes, shares divided`;
  await withPlaces(
    () => rotated(bench.managers, round).map((manager) => new Stage(manager)),
    async (stages) => {
      for (const stage of stages) await stage.startSleepers(size);
      await pause(REST_MS);
      for (const stage of stages) {
        const { main, all } = await stage.processes();
        bench.sample(series, stage.manager.name, rssMb(main), 'MB');
        bench.sample(divided, stage.manager.name, pssMb(all), 'MB');
      }
    },
  );
};

export const memory: Row = {
  name: 'memory',
  title: 'Memory of the manager',
  method:
    'Resident memory of the manager ten seconds after the last program is up, all managers at the same time; and of all its processes (opm: daemon, spawn server, launchers; runit: `runsvdir` and every `runsv`), shared pages divided among those who share them. The floor is a Node that does nothing.',
  minutes: 4,
  goals: [
    { series: '0 programs', atMost: 50, boundedBy: LIBRARIES },
    { series: '100 programs', atMost: 52, boundedBy: LIBRARIES },
    { series: '500 programs', atMost: 60, boundedBy: LIBRARIES },
  ],
  async run(bench) {
    for (let round = 0; round < bench.rounds(5); round += 1) {
      for (const size of bench.quick ? SIZES.slice(0, 2) : SIZES) await measure(bench, size, round);
    }
  },
};

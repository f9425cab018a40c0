import { setTimeout as pause } from 'node:timers/promises';
import { diskBytes, ownCpuMs } from '../processes.js';
import type { Row } from '../row.js';
import { Stage, withPlaces } from '../stage.js';

const LOOKS =
  'V8 collects garbage some seconds after the start, once; every ten seconds the folder of pipes is looked at';
const SIZES = [100, 500];
/** By then nobody has anything left to do about the start. */
const SETTLE_MS = 10_000;
/** No manager does anything more seldom than once in this time. */
const WINDOW_MS = 30_000;
const QUICK_WINDOW_MS = 5000;

export const idle: Row = {
  name: 'idle',
  title: 'An idle manager, per minute',
  method:
    'Processor time and bytes written of all the manager’s processes while its programs sleep; everybody waits at the same time.',
  minutes: 4,
  goals: [
    { series: '100 programs, CPU', atMost: 10, boundedBy: LOOKS },
    { series: '100 programs, written', atMost: 0 },
    { series: '500 programs, CPU', atMost: 20, boundedBy: LOOKS },
    { series: '500 programs, written', atMost: 0 },
  ],
  async run(bench) {
    const windowMs = bench.quick ? QUICK_WINDOW_MS : WINDOW_MS;
    const sizes = bench.quick ? SIZES.slice(0, 1) : SIZES;
    await withPlaces(
      () => sizes.flatMap((size) => bench.managers.map((manager) => new Stage(manager, size))),
      async (stages) => {
        for (const stage of stages) await stage.startSleepers();
        await pause(SETTLE_MS);
        for (let round = 0; round < bench.rounds(5); round += 1) {
          const before = await Promise.all(stages.map((stage) => stage.processes()));
          const cpu = before.map(({ all }) => ownCpuMs(all));
          const disk = before.map(({ all }) => diskBytes(all));
          await pause(windowMs);
          const minutes = windowMs / 60_000;
          stages.forEach((stage, i) => {
            const { all } = before[i]!;
            const { name } = stage.manager;
            const series = `${stage.size} programs`;
            bench.sample(`${series}, CPU`, name, (ownCpuMs(all) - cpu[i]!) / minutes, 'ms');
            bench.sample(
              `${series}, written`,
              name,
              (diskBytes(all) - disk[i]!) / minutes,
              'bytes',
            );
          });
        }
      },
    );
  },
};

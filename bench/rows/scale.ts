import { setTimeout as pause } from 'node:timers/promises';
import { pssMb, rssMb } from '../processes.js';
import type { Row } from '../row.js';
import { rotated, Stage, withPlaces } from '../stage.js';

const SIZES = [10, 100, 1000, 2000];
const SETTLE_MS = 1000;

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

export const scale: Row = {
  name: 'scale',
  title: 'How opm grows with the number of programs',
  method:
    'Each command from its start until the last program has signed (start, restore) or the command has exited (list, stop). The columns of one line should grow no faster than the number of programs.',
  goals: [],
  async run(bench) {
    const sizes = bench.quick ? SIZES.slice(0, 2) : SIZES;
    for (let round = 0; round < bench.rounds(5); round += 1) {
      for (const size of rotated(sizes, round)) {
        const sample = (what: string, value: number, unit: 'ms' | 'MB'): void =>
          bench.sample(`${what}, ${size} programs`, 'opm', value, unit);
        await withPlaces(
          () => bench.managers.filter(({ name }) => name === 'opm').map((m) => new Stage(m)),
          async ([stage]) => {
            const { session, signs } = stage!;
            await session.boot();
            sample('start', await timed(() => stage!.startSleepers(size)), 'ms');
            await pause(SETTLE_MS);
            sample('list', await timed(() => session.list()), 'ms');
            const { main, all } = await stage!.processes();
            sample('memory of the daemon', rssMb(main), 'MB');
            sample('memory with the launchers', pssMb(all), 'MB');
            sample('stop', await timed(() => session.stopAll()), 'ms');
            await session.start(stage!.sleepers(size));
            await session.restore!.prepare();
            const before = signs.all.length;
            sample(
              'restore',
              await timed(() => Promise.all([session.restore!.run(), signs.count(before + size)])),
              'ms',
            );
          },
        );
      }
    }
  },
};

import type { Row } from '../row.js';
import { rotated, Stage, withPlaces } from '../stage.js';
import { COMMAND_FIRST, sampleFloor } from './start.js';

const COUNT = 100;
const SERIES = `${COUNT} programs`;

export const restore: Row = {
  name: 'restore',
  title: `Restore ${COUNT} programs after the manager ended`,
  method:
    'From `restore` (PM2: `resurrect`) to the last program’s first sign of life; no manager runs before. supervisor and runit have no such command.',
  minutes: 1,
  goals: [
    {
      series: SERIES,
      timesFloor: 3,
      boundedBy: `${COMMAND_FIRST}; before it, a second Node with LevelDB is started`,
    },
  ],
  async run(bench) {
    for (let round = 0; round < bench.rounds(5); round += 1) {
      await sampleFloor(bench, SERIES);
      for (const manager of rotated(bench.managers, round)) {
        await withPlaces(
          () => [new Stage(manager)],
          async ([stage]) => {
            const again = stage!.session.restore;
            if (!again) return;
            await stage!.startSleepers(COUNT);
            await again.prepare();
            const from = performance.now();
            const [last] = await Promise.all([stage!.signs.count(2 * COUNT), again.run()]);
            bench.sample(SERIES, manager.name, last - from, 'ms');
          },
        );
      }
    }
  },
};

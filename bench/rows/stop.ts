import type { Row } from '../row.js';
import { rotated, Stage, withPlaces } from '../stage.js';

const COUNT = 100;
const SERIES = `${COUNT} programs`;

export const stop: Row = {
  name: 'stop',
  title: `Stop ${COUNT} programs`,
  method: 'From the command to its exit, by which none of the programs may be alive.',
  minutes: 1,
  goals: [
    {
      series: SERIES,
      atMost: 300,
      boundedBy:
        'what has left its program’s group is looked for in /proc; each end is read from its run file and recorded',
    },
  ],
  async run(bench) {
    for (let round = 0; round < bench.rounds(5); round += 1) {
      for (const manager of rotated(bench.managers, round)) {
        await withPlaces(
          () => [new Stage(manager)],
          async ([stage]) => {
            await stage!.startSleepers(COUNT);
            const from = performance.now();
            await stage!.session.stopAll();
            await stage!.programsGone();
            bench.sample(SERIES, manager.name, performance.now() - from, 'ms');
          },
        );
      }
    }
  },
};

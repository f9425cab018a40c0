import type { Bench } from '../bench.js';
import type { Row } from '../row.js';
import { Floor, rotated, Stage, withPlaces } from '../stage.js';

const COUNT = 100;

export const COMMAND_FIRST =
  'before the first launch a Node is started for the command, and the programs are checked, decided on and recorded, which takes as long as the whole floor; each program has a launcher that outlives the daemon';

/** Ms from the command to the last first sign of life. */
const startOnce = async (stage: Stage): Promise<number> => {
  const from = performance.now();
  const [last] = await Promise.all([
    stage.signs.count(COUNT),
    stage.session.start(stage.sleepers(COUNT)),
  ]);
  return last - from;
};

/** What starting as many costs a small Node program. */
export const sampleFloor = (bench: Bench, series: string): Promise<void> =>
  withPlaces(
    () => [new Floor()],
    async ([floor]) => {
      await floor?.start(floor.sleepers(1));
      bench.sample(series, 'floor', (await floor?.start(floor.sleepers(COUNT))) ?? 0, 'ms');
    },
  );

export const start: Row = {
  name: 'start',
  title: `Start ${COUNT} programs from a file`,
  method:
    'From the command to the last program’s own first sign of life; warm: the manager runs already, cold: the command starts it too. The floor is a loop of `spawn` in a small Node program.',
  minutes: 2,
  goals: [
    { series: 'warm', timesFloor: 2, boundedBy: COMMAND_FIRST },
    {
      series: 'cold',
      timesFloor: 3,
      boundedBy: `${COMMAND_FIRST}; before it, a second Node with LevelDB is started`,
    },
  ],
  async run(bench) {
    for (let round = 0; round < bench.rounds(5); round += 1) {
      for (const series of ['warm', 'cold']) {
        await sampleFloor(bench, series);
        for (const manager of rotated(bench.managers, round)) {
          await withPlaces(
            () => [new Stage(manager)],
            async ([stage]) => {
              if (series === 'warm') await stage!.session.boot();
              bench.sample(series, manager.name, await startOnce(stage!), 'ms');
            },
          );
        }
      }
    }
  },
};

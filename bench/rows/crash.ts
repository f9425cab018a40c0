import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import type { Program } from '../managers/manager.js';
import type { Row } from '../row.js';
import { Floor, type Place, rotated, Stage, withPlaces } from '../stage.js';

/** No manager counts a run of this length as a failed start. */
const SETTLE_MS = 3000;
/** Until a death has been dealt with and another one does not disturb. */
const BETWEEN_MS = 20;

const crashOnce = async (place: Stage, name: string): Promise<number> => {
  const { pid } = place.signs.all.find((sign) => sign.name === name)!;
  const before = place.signs.all.length;
  const from = performance.now();
  process.kill(pid, 'SIGKILL');
  return (await place.signs.count(before + 1)) - from;
};

const contest = (
  bench: Bench,
  series: string,
  count: number,
  programsOf: (place: Place) => readonly Program[],
): Promise<void> =>
  withPlaces(
    () => [...bench.managers.map((manager) => new Stage(manager)), new Floor()],
    async (places) => {
      for (const place of places) {
        if (!(place instanceof Stage)) continue;
        await place.session.start(programsOf(place));
        await place.signs.count(count);
      }
      await pause(SETTLE_MS);
      for (let round = 0; round < count; round += 1) {
        for (const place of rotated(places, round)) {
          if (place instanceof Stage) {
            const ms = await crashOnce(place, `app-${round}`);
            bench.sample(series, place.manager.name, ms, 'ms');
          } else if (place instanceof Floor) {
            bench.sample(series, 'floor', await place.start(programsOf(place).slice(0, 1)), 'ms');
          }
          await pause(BETWEEN_MS);
        }
      }
    },
  );

export const crash: Row = {
  name: 'crash',
  title: 'From a crash to the replacement’s first sign of life, no delay',
  method:
    'SIGKILL to a program that has run for some seconds, a different one each time; all are restarted without a delay. The floor is `spawn` in a small Node program.',
  minutes: 2,
  goals: [
    {
      series: 'shell',
      timesFloor: 1.7,
      boundedBy:
        'four processes are scheduled one after the other: the launcher that saw the end, the daemon, the spawn server and the new launcher',
    },
    { series: 'node', timesFloor: 1.15, boundedBy: 'the same, beside the start of Node' },
  ],
  async run(bench) {
    const shells = bench.rounds(20);
    await contest(bench, 'shell', shells, (place) => place.sleepers(shells));
    const nodes = bench.rounds(20);
    await contest(bench, 'node', nodes, (place) => place.nodePrograms(nodes));
  },
};

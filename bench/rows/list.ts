import { call } from '../managers/manager.js';
import type { Row } from '../row.js';
import { elapsed, Place, rotated, Stage, withPlaces } from '../stage.js';

/** Programs to list; only opm and the floor are asked about the last. */
const SIZES = [0, 100, 1000];
const PEERS_UP_TO = 100;

export const list: Row = {
  name: 'list',
  title: 'List, the manager running',
  method: 'Wall time of the command, from its start to its exit. The floor is `node -e 0`.',
  minutes: 2,
  goals: SIZES.map((size) => ({
    series: `${size} programs`,
    timesFloor: 2,
    boundedBy:
      'the daemon reads /proc/PID/stat of each program and finds what is new in /proc, a third of it all; Node loads `node:net`; the answer is parsed, the table laid out and written',
  })),
  async run(bench) {
    for (const size of bench.quick ? SIZES.slice(0, 2) : SIZES) {
      const series = `${size} programs`;
      const taking = bench.managers.filter(({ name }) => {
        if (name === 'runit') return size > 0 && size <= PEERS_UP_TO;
        return name === 'opm' || size <= PEERS_UP_TO;
      });
      await withPlaces(
        () => [...taking.map((manager) => new Stage(manager)), new Place()],
        async (places) => {
          for (const place of places) if (place instanceof Stage) await place.startSleepers(size);
          for (let round = 0; round < bench.rounds(20); round += 1) {
            for (const place of rotated(places, round)) {
              const isFloor = !(place instanceof Stage);
              const ms = await elapsed(() =>
                isFloor ? call([process.execPath, '-e', '0'], place.folder) : place.session.list(),
              );
              bench.sample(series, isFloor ? 'floor' : place.manager.name, ms, 'ms');
            }
          }
        },
      );
    }
  },
};

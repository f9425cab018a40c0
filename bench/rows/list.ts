import type { Row } from '../row.js';
import { Place, rotated, Stage, timed, withPlaces } from '../stage.js';

/** Programs to list; only opm and the floor are asked about the last. */
const SIZES = [0, 100, 1000];
const PEERS_UP_TO = 100;

export const list: Row = {
  name: 'list',
  title: 'List, the manager running',
  method: 'Wall time of the command, from its start to its exit. The floor is `node -e 0`.',
  goals: SIZES.map((size) => ({ series: `${size} programs`, timesFloor: 2 })),
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
              const from = performance.now();
              if (place instanceof Stage) await place.session.list();
              else await timed([process.execPath, '-e', '0'], place.folder);
              const subject = place instanceof Stage ? place.manager.name : 'floor';
              bench.sample(series, subject, performance.now() - from, 'ms');
            }
          }
        },
      );
    }
  },
};

import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { socketIn, stopDaemon } from '../managers/opm.js';
import type { Unit } from '../model.js';
import { countEvents } from '../pressure.js';
import { pssMb, rssMb } from '../processes.js';
import type { Row } from '../row.js';
import { elapsed, opmAlone, rotated, type Stage, withPlaces } from '../stage.js';

const SIZES = [10, 100, 1000, 2000];
const SETTLE_MS = 1000;

const measure = async (bench: Bench, stage: Stage, size: number): Promise<void> => {
  const { session, signs, folder } = stage;
  const sample = (what: string, value: number, unit: Unit): void =>
    bench.sample(what, 'opm', value, unit, size);
  await session.boot();
  sample('start', await elapsed(() => stage.startSleepers(size)), 'ms');
  await pause(SETTLE_MS);
  sample('list', await elapsed(() => session.list()), 'ms');
  const { main, all } = await stage.processes();
  sample('memory of the daemon', rssMb(main), 'MB');
  sample('memory with the launchers', pssMb(all), 'MB');
  sample('follow', await elapsed(() => countEvents(socketIn(folder))), 'ms');
  await stopDaemon(folder);
  sample('start-up, all alive', await elapsed(() => session.boot()), 'ms');
  sample('stop', await elapsed(() => session.stopAll()), 'ms');
  await session.start(stage.sleepers(size));
  await session.restore!.prepare();
  const before = signs.all.length;
  const restored = () => Promise.all([session.restore!.run(), signs.count(before + size)]);
  sample('restore', await elapsed(restored), 'ms');
};

export const scale: Row = {
  name: 'scale',
  title: 'How opm grows with the number of programs',
  method:
    'Each command from its start until the last program has signed (start, restore), all events since the first have been read (follow) or the command has exited (the others). Start-up: the daemon was stopped and finds all programs alive.',
  goals: [],
  minutes: 6,
  grows: {
    with: 'programs',
    because: {
      start:
        'each event copies the map of processes once, and the request that waits looks at all of its own after each',
      stop: 'the same; and what has left its group is looked for among all processes of the machine',
      follow: 'it is a list of a few hundred ms, in which the machine shows',
    },
  },
  async run(bench) {
    const sizes = bench.quick ? SIZES.slice(0, 2) : SIZES;
    for (let round = 0; round < bench.rounds(5); round += 1) {
      for (const size of rotated(sizes, round)) {
        await withPlaces(
          () => opmAlone(bench),
          ([stage]) => measure(bench, stage!, size),
        );
      }
    }
  },
};

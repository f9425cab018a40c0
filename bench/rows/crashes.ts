import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMs, diskBytes } from '../processes.js';
import type { Row } from '../row.js';
import { Floor, type Place, rotated, Stage, withPlaces } from '../stage.js';

const PROGRAMS = 100;
const ROUNDS = 10;
const SETTLE_MS = 3000;

/** Bytes in all files below a folder, as they count for a reader. */
const bytesIn = (folder: string): number => {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
};

/** Kills every program that lives; how many those were. */
const killAll = ({ signs }: Place): number => {
  const living = [...signs.living().values()].flat();
  for (const pid of living) process.kill(pid, 'SIGKILL');
  return living.length;
};

/** Kills every program that lives and waits until as many others have signed. */
const crashAll = async (stage: Stage): Promise<void> => {
  const before = stage.signs.all.length;
  await stage.signs.count(before + killAll(stage));
};

/** Processor time that the programs of one round use themselves, from their start to their end, ms. */
const cpuOfPrograms = async (): Promise<number> => {
  let used = 0;
  await withPlaces(
    () => [new Floor()],
    async ([floor]) => {
      await floor!.start(floor!.sleepers(PROGRAMS));
      killAll(floor!);
      used = await floor!.cpuOfEnded();
    },
  );
  return used;
};

export const crashes: Row = {
  name: 'crashes',
  title: `What ${PROGRAMS * ROUNDS} crash restarts cost`,
  method: `SIGKILL to all of ${PROGRAMS} programs, ${ROUNDS} times. Growth of the files in the manager’s home; bytes that its processes gave the disk; their processor time, with that of all they waited for, and the same without what the programs themselves use, which is the floor.`,
  minutes: 5,
  goals: [
    { series: 'growth of files, each', atMost: 1000 },
    {
      series: 'CPU of the manager',
      atMost: 1500,
      boundedBy:
        'a launcher is made for each run, and four events are chained, encoded and appended',
    },
  ],
  async run(bench) {
    const rounds = bench.quick ? 2 : ROUNDS;
    for (let turn = 0; turn < bench.rounds(5); turn += 1) {
      const programs = (await cpuOfPrograms()) * ROUNDS;
      bench.sample('CPU, all', 'floor', programs, 'ms');
      for (const manager of rotated(bench.managers, turn)) {
        await withPlaces(
          () => [new Stage(manager)],
          async ([stage]) => {
            await stage!.startSleepers(PROGRAMS);
            await pause(SETTLE_MS);
            const { all } = await stage!.processes();
            const home = join(stage!.folder, 'home');
            const before = { cpu: cpuMs(all), disk: diskBytes(all), files: bytesIn(home) };
            for (let round = 0; round < rounds; round += 1) await crashAll(stage!);
            const times = (PROGRAMS * ROUNDS) / (PROGRAMS * rounds);
            const each = 1 / (PROGRAMS * rounds);
            const { name } = manager;
            const files = (bytesIn(home) - before.files) * each;
            bench.sample('growth of files, each', name, files, 'bytes');
            const disk = (diskBytes(all) - before.disk) * each;
            bench.sample('to the disk, each', name, disk, 'bytes');
            const cpu = (cpuMs(all) - before.cpu) * times;
            bench.sample('CPU, all', name, cpu, 'ms');
            bench.sample('CPU of the manager', name, cpu - programs, 'ms');
          },
        );
      }
    }
  },
};

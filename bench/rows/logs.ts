import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import type { Program } from '../managers/manager.js';
import type { Subject } from '../model.js';
import { ownCpuMs } from '../processes.js';
import type { Row } from '../row.js';
import { Floor, type Place, programFile, rotated, Stage, withPlaces } from '../stage.js';

const LINE = `${'lorem ipsum dolor sit amet '.repeat(4).slice(0, 99)}\n`;
const MEGABYTES = 200;
/** A file that has not grown for so long is whole. */
const QUIET_MS = 500;
const WHOLE_MS = 60_000;

const writerIn = (place: Place, megabytes: number, output: Program['output'] & string): Program => {
  const source = join(place.folder, 'lines');
  writeFileSync(source, LINE.repeat((megabytes * 1_000_000) / LINE.length));
  const name = 'app-0';
  const file = programFile('writer.sh');
  return { name, file, args: [name, place.signs.path, source], interpreter: null, output };
};

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** When the file has all that was written into it, on the clock of `performance.now()`. */
const whenWhole = async (path: string, bytes: number): Promise<number> => {
  let size = 0;
  let grown = performance.now();
  const deadline = grown + WHOLE_MS;
  while (size < bytes || performance.now() - grown < QUIET_MS) {
    if (performance.now() > deadline) {
      throw new Error(`${path} has ${size} of ${bytes} bytes after ${WHOLE_MS} ms`);
    }
    await pause(1);
    const now = sizeOf(path);
    if (now !== size) grown = performance.now();
    size = now;
  }
  return grown;
};

const floorOnce = async (bench: Bench, series: string, megabytes: number): Promise<void> =>
  withPlaces(
    () => [new Floor()],
    async ([floor]) => {
      const out = join(floor!.folder, 'out');
      const program = writerIn(floor!, megabytes, 'plain');
      const whole = whenWhole(out, sizeOf(program.args[2]!));
      await floor!.start([program], out);
      bench.sample(series, 'floor', (await whole) - floor!.signs.all[0]!.at, 'ms');
    },
  );

const managedOnce = async (
  bench: Bench,
  stage: Stage,
  output: Program['output'] & string,
  megabytes: number,
): Promise<void> => {
  const program = writerIn(stage, megabytes, output);
  const out = stage.session.outputOf(program);
  if (out === null) return;
  await stage.session.boot();
  const booted = (await stage.processes()).all;
  const before = ownCpuMs(booted);
  const whole = whenWhole(out, sizeOf(program.args[2]!));
  await stage.session.start([program]);
  await stage.signs.count(1);
  const subject: Subject = stage.manager.name;
  bench.sample(output, subject, (await whole) - stage.signs.all[0]!.at, 'ms');
  const used = ownCpuMs((await stage.processes()).all) - before;
  bench.sample(`${output}, CPU of the manager`, subject, used, 'ms');
  rmSync(out);
};

export const logs: Row = {
  name: 'logs',
  title: `${MEGABYTES} MB of log lines`,
  method:
    'From the program’s sign that it begins to the last growth of its log file; lines of 100 bytes, as they are or with a time on each. CPU is that of the manager and its helpers, the start of the program included. The floor is the program with its output redirected to a file. supervisor puts no time on a line.',
  minutes: 3,
  goals: [
    {
      series: 'plain',
      timesFloor: 1.05,
      boundedBy:
        'nothing stands between the program and its file, as in the floor: a difference is noise of the disk',
    },
    {
      series: 'timestamped',
      timesFloor: 3,
      boundedBy:
        'every byte is copied into a pipe, into a file that no death of a process can lose, out of it and into the log; the floor copies it once',
    },
  ],
  async run(bench) {
    const megabytes = bench.quick ? MEGABYTES / 10 : MEGABYTES;
    for (let round = 0; round < bench.rounds(5); round += 1) {
      for (const output of ['plain', 'timestamped'] as const) {
        await floorOnce(bench, output, megabytes);
        for (const manager of rotated(bench.managers, round)) {
          await withPlaces(
            () => [new Stage(manager)],
            ([stage]) => managedOnce(bench, stage!, output, megabytes),
          );
        }
      }
    }
  },
};

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ticksToMs } from '../../src/platform/kernel.js';
import { packageRoot } from '../../src/platform/package-root.js';
import { run } from '../managers/manager.js';
import { opmArgv } from '../managers/opm.js';
import { diskBytes, ownCpuMs, rssMb } from '../processes.js';
import type { Row } from '../row.js';
import { opmAlone, type Place, withPlaces } from '../stage.js';
import { bareNodeMb } from './memory.js';

const CALLS = 5;
const CRASHES = 20;
const SETTLE_MS = 1000;
/** V8 collects garbage once it has been idle for some seconds: the least of several looks counts, not of a few. */
const IDLE_LOOKS = 5;
const IDLE_MS = 2000;

interface Cost {
  readonly cpuMs: number;
  readonly pageFaults: number;
  readonly readKb: number;
  readonly readCalls: number;
}

/**
 * What so many calls of a command cost, each: the shell that made them has the sums of all children that it
 * waited for, free of the time that others took meanwhile.
 */
const costOf = async (argv: readonly string[], place: Place, home: string): Promise<Cost> => {
  const script =
    'n=$1; shift; while [ "$n" -gt 0 ]; do "$@" >/dev/null; n=$((n-1)); done; cat /proc/$$/stat /proc/$$/io';
  const text = await run(['sh', '-c', script, 'sh', String(CALLS), ...argv], place.folder, {
    OPM_HOME: home,
  });
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const counter = (name: string): number =>
    Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1]);
  return {
    cpuMs: ticksToMs(Number(fields[13]) + Number(fields[14])) / CALLS,
    pageFaults: Number(fields[8]) / CALLS,
    readKb: counter('rchar') / 1024 / CALLS,
    readCalls: counter('syscr') / CALLS,
  };
};

/** Size of what the daemon is bundled into. */
const codeKb = (): number => statSync(join(packageRoot, 'dist/daemon/main.cjs')).size / 1000;

export const footprint: Row = {
  name: 'footprint',
  title: 'What does not depend on who else is busy',
  method:
    'Processor time, memory touched and reads of `opm list`, against `node -e 0`; memory of the idle daemon against a bare Node; the size of the bundle that it runs; what it does and writes while it idles; what a crash restart gives the disk. These are held against a budget at every change.',
  goals: [],
  minutes: 1,
  async run(bench) {
    await withPlaces(
      () => opmAlone(bench),
      async ([stage]) => {
        const home = `${stage!.folder}/home`;
        await stage!.startSleepers(CRASHES);
        const contestants = [
          ['floor', [process.execPath, '-e', '0']],
          ['opm', opmArgv('list')],
        ] as const;
        for (let round = 0; round < bench.rounds(3); round += 1) {
          for (const [subject, argv] of contestants) {
            const cost = await costOf(argv, stage!, home);
            bench.sample('list: processor time', subject, cost.cpuMs, 'ms');
            bench.sample('list: page faults', subject, cost.pageFaults, 'faults');
            bench.sample('list: bytes read', subject, cost.readKb, 'kB');
            bench.sample('list: read calls', subject, cost.readCalls, 'syscalls');
          }
        }
        bench.sample('daemon: code', 'opm', codeKb(), 'kB');
        const { main, all } = await stage!.processes();
        bench.sample('daemon: memory', 'floor', await bareNodeMb(), 'MB');
        bench.sample('daemon: memory', 'opm', rssMb(main), 'MB');
        const written = diskBytes(all);
        for (let round = 0; round < IDLE_LOOKS; round += 1) {
          const before = ownCpuMs(all);
          await pause(IDLE_MS);
          const scale = 60_000 / IDLE_MS;
          bench.sample('idle: CPU a minute', 'opm', (ownCpuMs(all) - before) * scale, 'ms');
        }
        bench.sample('idle: written', 'opm', diskBytes(all) - written, 'bytes');
        await pause(SETTLE_MS);
        const disk = diskBytes(all);
        for (const pids of stage!.signs.living().values()) process.kill(pids[0]!, 'SIGKILL');
        await stage!.signs.count(2 * CRASHES);
        await pause(SETTLE_MS);
        bench.sample(
          'crash restart: to the disk',
          'opm',
          (diskBytes(all) - disk) / CRASHES,
          'bytes',
        );
      },
    );
  },
};

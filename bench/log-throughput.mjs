/**
 * What it costs a program to write under opm: 200 MB of lines of 100 bytes, through `opm start` and through plain
 * redirection to a file, in turns; and the CPU that the daemon spends on it, beside that of PM2's for the same.
 *
 *     node bench/log-throughput.mjs [--rounds N] [--mb N] [--no-pm2]
 *
 * Prints one JSON object: medians of one round, their ratios, and the CPU that the daemons spent meanwhile. Where PM2
 * cannot be had, `pm2.missing` says why.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measurePm2 } from './pm2-writer.mjs';

const BIN = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const CLOCK_TICKS = 100;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    mb: { type: 'string', default: '200' },
    'no-pm2': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const home = mkdtempSync(join(tmpdir(), 'opm-bench-'));
const env = { ...process.env, OPM_HOME: home };
const opm = (...args) => execFileSync(process.execPath, [BIN, ...args], { env, encoding: 'utf8' });

// The writer measures itself, and begins when whoever started it has ended.
// Its system time is what the machine's other work disturbs least.
const writer = join(home, 'writer.c');
writeFileSync(
  writer,
  `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
static char lines[65536 / 100 * 100];
int main(int argc, char **argv) {
    long long left = atoll(argv[1]) * 1000000;
    memset(lines, 'x', sizeof lines);
    for (size_t i = 99; i < sizeof lines; i += 100) lines[i] = '\\n';
    struct timespec a, b;
    struct rusage used;
    usleep(1500000);
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (; left > 0; left -= sizeof lines) if (write(1, lines, sizeof lines) < 0) return 1;
    clock_gettime(CLOCK_MONOTONIC, &b);
    getrusage(RUSAGE_SELF, &used);
    FILE *f = fopen(argv[2], "w");
    fprintf(f, "%f %f\\n", (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6,
            used.ru_stime.tv_sec * 1e3 + used.ru_stime.tv_usec / 1e3);
    fclose(f);
    return argc < 3;
}
`,
);
const program = join(home, 'writer');
execFileSync('cc', ['-O2', '-o', program, writer]);

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const cpuMs = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS;
};

const daemonPid = () => JSON.parse(opm('daemon', 'status', '--json')).pid;

const measured = async (result) => {
  while (!existsSync(result) || !readFileSync(result, 'utf8').endsWith('\n')) await pause(20);
  const [wallMs, systemMs] = readFileSync(result, 'utf8').split(' ').map(Number);
  rmSync(result);
  return { wallMs, systemMs };
};

const plain = async () => {
  const file = join(home, 'plain.log');
  const result = join(home, 'plain.ms');
  execFileSync('sh', ['-c', `exec ${program} ${values.mb} ${result} >> ${file}`]);
  rmSync(file);
  return measured(result);
};

const managed = async (round) => {
  const result = join(home, 'managed.ms');
  const name = `w${round}`;
  opm('start', program, '--name', name, '--no-autorestart', '--', values.mb, result);
  const pid = daemonPid();
  await pause(1000);
  const before = cpuMs(pid);
  const times = await measured(result);
  const daemonMs = cpuMs(pid) - before;
  opm('delete', name);
  rmSync(join(home, 'logs', `${name}-out.log`), { force: true });
  return { ...times, daemonMs };
};

const ofPm2 = () => {
  const result = join(home, 'pm2.ms');
  const folder = mkdtempSync(join(tmpdir(), 'opm-bench-pm2-'));
  const args = [values.mb, result];
  return measurePm2(folder, { program, args, cpuMs, measured: () => measured(result) });
};

try {
  // The cost of writing is measured here; that of rotation is the rotator's.
  writeFileSync(join(home, 'settings.json'), '{"logs": {"max_size": "100G", "total_size": null}}');
  opm('daemon', 'start');
  const times = { plain: [], managed: [] };
  await plain();
  for (let round = 0; round < rounds; round += 1) {
    times.plain.push(await plain());
    times.managed.push(await managed(round));
  }
  const of = (kind, what) => median(times[kind].map((time) => time[what]));
  const ratio = (what) => Math.round((of('managed', what) / of('plain', what)) * 1000) / 1000;
  const pm2 = values['no-pm2'] ? { missing: 'not asked for' } : await ofPm2();
  const daemonMs = times.managed.reduce((sum, time) => sum + time.daemonMs, 0) / rounds;
  const result = {
    mb: Number(values.mb),
    rounds,
    plain: { wallMs: of('plain', 'wallMs'), systemMs: of('plain', 'systemMs') },
    managed: { wallMs: of('managed', 'wallMs'), systemMs: of('managed', 'systemMs') },
    ratio: { wall: ratio('wallMs'), system: ratio('systemMs') },
    daemonCpuMs: daemonMs,
    pm2,
    // One tick of the clock is the least that can be told.
    daemonCpuShare: pm2.missing
      ? null
      : Math.max(daemonMs, 1000 / CLOCK_TICKS / rounds) / pm2.daemonMs,
  };
  console.log(JSON.stringify(result));
} finally {
  opm('kill');
  rmSync(home, { recursive: true, force: true });
}

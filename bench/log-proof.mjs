/**
 * That no line is lost, doubled or split on its way through the reader of logs: a program writes numbered lines while
 * the daemon and the reader are killed with SIGKILL again and again, and the log is rotated all the time.
 *
 *     node bench/log-proof.mjs [--seconds 60] [--rate 50000] [--daemon-kills 20] [--reader-kills 5]
 *
 * Prints one JSON object; exits 1 when a line is missing, twice, or split.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const BIN = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const POLL_MS = 20;

const text = (fallback) => ({ type: 'string', default: fallback });
const { values } = parseArgs({
  options: {
    seconds: text('60'),
    rate: text('50000'),
    'daemon-kills': text('20'),
    'reader-kills': text('5'),
    'max-size': text('1M'),
  },
});
const seconds = Number(values.seconds);
const count = seconds * Number(values.rate);
const home = mkdtempSync(join(tmpdir(), 'opm-proof-'));
const env = { ...process.env, OPM_HOME: home };
const opm = (...args) => execFileSync(process.execPath, [BIN, ...args], { env, encoding: 'utf8' });
const eventually = async (what, probe, deadlineMs = 60_000) => {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = probe();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await pause(POLL_MS);
  }
};

/** Writes a line a call, a hundredth of a second's worth at a time, and says how long it took. */
const WRITER = `#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv) {
    long count = atol(argv[1]), share = atol(argv[2]) / 100;
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long i = 0; i < count; i++) {
        char line[32];
        int size = snprintf(line, sizeof line, "%010ld %ld\\n", i, i);
        if (write(1, line, size) != size) return 3;
        while (i % share == 0) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            if ((now.tv_sec - start.tv_sec) * 100.0 + (now.tv_nsec - start.tv_nsec) / 1e7 >= i / share) break;
            usleep(1000);
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    FILE *done = fopen(argv[3], "w");
    fprintf(done, "%f\\n", now.tv_sec - start.tv_sec + (now.tv_nsec - start.tv_nsec) / 1e9);
    fclose(done);
    pause();
    return argc;
}
`;

/** Pids of the readers of this home: the one that reads, then the one that waits for its death. */
const readers = () => {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`opm-reader\0${home}/`))
          return [];
        const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
        return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent) }];
      } catch {
        return [];
      }
    });
  const active = found.find(({ pid }) => found.some(({ parent }) => parent === pid));
  return active
    ? [active.pid, ...found.map(({ pid }) => pid).filter((pid) => pid !== active.pid)]
    : [];
};

const killReader = async () => {
  const [active] = await eventually('a reader and its successor', () => {
    const pair = readers();
    return pair.length > 1 && pair;
  });
  process.kill(active, 'SIGKILL');
};

const killDaemon = () => {
  const { pid } = JSON.parse(opm('daemon', 'status', '--json'));
  if (pid !== null) process.kill(pid, 'SIGKILL');
  opm('daemon', 'start');
};

/** The kills in turn, spread over the time. */
const plan = () => {
  const kills = [
    ...Array(Number(values['daemon-kills'])).fill(killDaemon),
    ...Array(Number(values['reader-kills'])).fill(killReader),
  ];
  return kills
    .map((kill) => ({ kill, atMs: (0.05 + 0.9 * Math.random()) * seconds * 1000 }))
    .sort((a, b) => a.atMs - b.atMs);
};

const kept = (folder, name) =>
  readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.0`) && !file.endsWith('.pos'))
    .sort()
    .concat(name)
    .map((file) => join(folder, file));

/** Holds the lines against their numbers. */
const check = (files) => {
  let [next, doubled, missing, split] = [0, 0, 0, 0];
  for (const file of files) {
    const content = readFileSync(file, 'utf8');
    if (content !== '' && !content.endsWith('\n')) split += 1;
    for (const line of content.split('\n').slice(0, -1)) {
      const match = /^\S+: (\d{10}) (\d+)$/.exec(line);
      const number = match ? Number(match[1]) : -1;
      if (!match || number !== Number(match[2])) split += 1;
      else if (number < next) doubled += 1;
      else {
        missing += number - next;
        next = number + 1;
      }
    }
  }
  return { lines: next, missing: missing + count - next, doubled, split };
};

let result;
try {
  const source = join(home, 'writer.c');
  const [writer, done] = [join(home, 'writer'), join(home, 'done')];
  writeFileSync(source, WRITER);
  execFileSync('cc', ['-O2', '-o', writer, source]);
  const logs = { max_size: values['max-size'], keep: 1_000_000, total_size: null, compress: false };
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ logs }));
  opm('start', writer, '--name', 'w', '--time', '--', String(count), values.rate, done);
  const [{ pid }] = JSON.parse(opm('list', '--json'));
  const begun = Date.now();
  const kills = { daemon: 0, reader: 0 };
  for (const { kill, atMs } of plan()) {
    await pause(Math.max(0, begun + atMs - Date.now()));
    await kill();
    kills[kill === killDaemon ? 'daemon' : 'reader'] += 1;
  }
  await eventually('the writer is done', () => existsSync(done), 4 * seconds * 1000 + 60_000);
  await eventually('its lines are written', () => {
    const files = kept(join(home, 'logs'), 'w-out.log');
    return (
      readFileSync(files.at(-1), 'utf8').endsWith(` ${count - 1}\n`) || check(files).lines === count
    );
  });
  const alive = readlinkSync(`/proc/${pid}/exe`) === writer;
  const files = kept(join(home, 'logs'), 'w-out.log');
  const wroteForS = Number(readFileSync(done, 'utf8'));
  result = { count, wroteForS, kills, rotations: files.length - 1, ...check(files), alive };
  console.log(JSON.stringify(result));
} finally {
  opm('kill');
  rmSync(home, { recursive: true, force: true });
}
const isWhole = result.missing + result.doubled + result.split === 0 && result.alive;
process.exitCode = isWhole ? 0 : 1;
if (!isWhole) console.error(`${basename(import.meta.filename)}: lines were lost, doubled or split`);

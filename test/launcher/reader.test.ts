import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readStat } from '../../src/platform/proc.js';
import { readRunFile } from '../../src/platform/run-file.js';
import { signalProcess } from '../../src/platform/signals.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, readersIn, start, tempHome } from '../support/programs.js';

const DIST = fileURLToPath(new URL('../../dist/launcher', import.meta.url));
const LAUNCHER = join(DIST, 'opm-launcher');
const READER = join(DIST, 'opm-reader');
const KILLS_AT_ONCE = 16;
const FIXTURE = fileURLToPath(new URL('../fixtures/logs/kill-at.c', import.meta.url));

const numbered = (count: number): string =>
  `i=0; while [ $i -lt ${count} ]; do echo "line $i of many"; i=$((i + 1)); done`;
const expected = (count: number): string =>
  Array.from({ length: count }, (_, i) => `line ${i} of many\n`).join('');

describe('the reader of logs', () => {
  let home: string;
  let pipes: string;

  beforeEach(function () {
    if (!existsSync(READER)) this.skip();
    home = tempHome();
    pipes = join(home, 'pipes');
    mkdirSync(pipes);
  });

  afterEach(async () => {
    await noReaders();
    cleanUp();
  });

  const readers = (): number[] => readersIn(home).map(({ pid }) => pid);

  /** Kills them until nobody has taken over. */
  const noReaders = (at = home): Promise<unknown> =>
    eventually('the readers are gone', () => {
      const found = readersIn(at);
      for (const reader of found) signalProcess(reader, 'SIGKILL');
      return found.length === 0;
    });

  const spec = (key: string, settings: Record<string, string | number> = {}, at = home): void => {
    const all = {
      out: join(at, 'out'),
      err: join(at, 'err'),
      format: 'plain',
      date: 'YYYY-MM-DD',
      name: 'web',
      process: 7,
      max: 0,
      age: 0,
      ...settings,
    };
    const lines = Object.entries(all).map(([key, value]) => `${key} ${value}\n`);
    writeFileSync(join(at, 'pipes', `${key}.spec`), lines.join(''));
  };

  const launch = (key: string, script: string, at = home): ChildProcess =>
    start([
      LAUNCHER,
      ...['--lock', join(at, `${key}.lock`), '--run', join(at, key)],
      ...['--out', join(at, 'out'), '--err', join(at, 'err')],
      ...['--pipe-out', join(at, 'pipes', `${key}.out`)],
      ...['--pipe-err', join(at, 'pipes', `${key}.err`)],
      ...['--', 'sh', '-c', script],
    ]).child;

  const ended = async (child: ChildProcess): Promise<void> => {
    await eventually('the launcher has ended', () => child.exitCode !== null, 20_000);
  };

  const rotated = (at = home): string[] =>
    readdirSync(at)
      .filter((name) => /^out\.\d+-\d+$/.test(name))
      .sort();
  const whole = (at = home): string =>
    [...rotated(at), 'out'].map((name) => readFileSync(join(at, name), 'utf8')).join('');

  const read = (): void => {
    start([READER, pipes]);
  };

  const log = (name = 'out'): string => readFileSync(join(home, name), 'utf8');

  it('writes both streams, says where a run ends, and leaves nothing behind', async () => {
    spec('a');
    read();
    await ended(launch('a', 'echo one; echo two >&2; printf three'));
    expect(log()).to.equal('one\nthree\n');
    expect(log('err')).to.equal('two\n');
    expect(readRunFile(join(home, 'a'))?.outputTo).to.deep.equal({ out: 10, error: 4 });
    await eventually('nothing is left', () => readdirSync(pipes).join() === 'reader.lock');
  });

  it('ends by itself when there is nothing to read', async () => {
    read();
    await eventually('it reads, and another one waits', () => readers().length === 2);
    await eventually('both have ended', () => readers().length === 0, 20_000);
  });

  /** A program that holds its pipes open, read by a pair. */
  const readForEver = async (): Promise<void> => {
    spec('a');
    read();
    launch('a', 'echo one; exec sleep 1000');
    await eventually('its line is there', () => existsSync(join(home, 'out')) && log() !== '');
    await eventually('another one waits', () => readers().length === 2);
  };

  it('ends when its folder is deleted, though programs still write', async () => {
    await readForEver();
    rmSync(pipes, { recursive: true });
    await eventually('both have ended', () => readers().length === 0);
  });

  it('ends when its lock file is no longer the one that it locks', async () => {
    await readForEver();
    writeFileSync(join(home, 'other'), '');
    renameSync(join(home, 'other'), join(pipes, 'reader.lock'));
    await eventually('both have ended', () => readers().length === 0);
    read();
    await eventually('others read on', () => readers().length === 2);
  });

  it('a successor that ends at once is followed by another after a pause that grows', async () => {
    await readForEver();
    const pids = readers();
    const waiting = pids.find((pid) => pids.includes(readStat(pid)!.ppid));
    const reading = pids.find((pid) => pid !== waiting);
    const deaths: number[] = [];
    for (let next = waiting; deaths.length < 5; ) {
      process.kill(next!, 'SIGKILL');
      deaths.push(Date.now());
      await eventually('there is another one', () => {
        next = readers().find((pid) => pid !== reading && pid !== next);
        return next !== undefined;
      });
    }
    const pauses = deaths.slice(1).map((at, i) => at - deaths[i]!);
    expect(pauses[2], String(pauses)).to.be.greaterThan(180);
    expect(pauses[3], String(pauses)).to.be.greaterThan(380);
    expect(readers()).to.include(reading);
  });

  it('puts the time before each line, in the given format', async () => {
    const date = 'YYYY-MM-DD[T]HH:mm:ss.SSSZ ddd [at] X';
    spec('a', { format: 'time', date });
    read();
    await ended(launch('a', 'echo one; echo; echo two'));
    const [first, second, third] = log().split('\n');
    const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d) \w{3} at (\d{10}): (.*)$/;
    const [, iso, unix, rest] = time.exec(first!)!;
    expect(Math.floor(Date.parse(iso!) / 1000)).to.equal(Number(unix));
    expect(rest).to.equal('one');
    expect(time.exec(second!)![3]).to.equal('');
    expect(time.exec(third!)![3]).to.equal('two');
  });

  it('keeps lines of every length as they are, behind a time or in an object', async () => {
    // Lengths around those that are copied at once, with bytes next to a newline's and next to text's.
    const bytes = ['!', ' ', '~', 'é', '\x0b', '\t', '"'];
    const lines = Array.from({ length: 100 }, (_, length) =>
      Array.from({ length }, (_, at) => bytes[(at * 3 + length) % bytes.length]).join(''),
    );
    writeFileSync(join(home, 'lines'), lines.join('\n'));
    for (const format of ['time', 'json']) {
      spec(format, { format, date: '[T]', out: join(home, `${format}.log`) });
      read();
      await ended(launch(format, `cat ${join(home, 'lines')}`));
    }
    const written = (name: string) =>
      readFileSync(join(home, `${name}.log`), 'utf8')
        .split('\n')
        .slice(0, -1);
    expect(written('time')).to.deep.equal(lines.map((line) => `T: ${line}`));
    expect(written('json').map((line) => JSON.parse(line).message)).to.deep.equal(lines);
  });

  it('makes each line an object, of bytes that are no text too', async () => {
    const bytes = Buffer.from([0xff, 0x41, 0xc0, 0x80, 0xed, 0xa0, 0x80]);
    writeFileSync(join(home, 'bytes'), bytes);
    spec('a', { format: 'json', err: join(home, 'out') });
    read();
    const text = 'tab\\t quote" ü €𝄞 \\\\ nul\\0 del\\177';
    await ended(
      launch(
        'a',
        `printf '${text}\\n'; cat bytes; echo; echo e >&2`.replace('bytes', join(home, 'bytes')),
      ),
    );
    const objects = log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const out = objects.filter(({ type }) => type === 'out');
    expect(out[0]).to.include({ process_id: 7, app_name: 'web' });
    expect(out[0].message).to.equal('tab\t quote" ü €𝄞 \\ nul\0 del\x7f');
    expect(Buffer.from(out[1].base64, 'base64').equals(bytes)).to.equal(true);
    expect(
      objects.filter(({ type }) => type === 'err').map(({ message }) => message),
    ).to.deep.equal(['e']);
  });

  it('passes lines of 10 MB, NUL bytes and no UTF-8 unharmed', async function () {
    this.timeout(60_000);
    const long = Buffer.alloc(10 * 1024 * 1024, 'x');
    long.set([0, 0xff, 0xc0], 1000);
    const file = join(home, 'long');
    writeFileSync(file, Buffer.concat([long, Buffer.from('\n')]));
    spec('a');
    read();
    await ended(launch('a', `cat ${file}; echo end`));
    const found = readFileSync(join(home, 'out'));
    expect(found.subarray(0, long.length).equals(long)).to.equal(true);
    expect(found.subarray(long.length).toString()).to.equal('\nend\n');
  });

  it('keeps the lines of several programs whole that share a log', async () => {
    const shared = { out: join(home, 'shared'), err: join(home, 'shared') };
    for (const key of ['a', 'b']) spec(key, shared);
    read();
    const script = (word: string) =>
      `i=0; while [ $i -lt 300 ]; do printf ${word}; printf '${word} %d\\n' $i; i=$((i + 1)); done`;
    await Promise.all([ended(launch('a', script('aa'))), ended(launch('b', script('bb')))]);
    const lines = log('shared').trim().split('\n');
    expect(lines).to.have.length(600);
    for (const word of ['aa', 'bb'])
      expect(lines.filter((line) => line.startsWith(word))).to.deep.equal(
        Array.from({ length: 300 }, (_, i) => `${word}${word} ${i}`),
      );
  });

  it('rotates by itself, and every line is there once', async () => {
    spec('a', { max: 4096 });
    read();
    await ended(launch('a', numbered(3000)));
    expect(rotated().length).to.be.greaterThan(0);
    expect(whole() === expected(3000)).to.equal(true);
    expect(readRunFile(join(home, 'a'))?.outputTo?.out).to.equal(whole().length);
  });

  it('rotates a log that was begun long ago, when nothing is written too, and hears of new limits', async () => {
    const go = join(home, 'go');
    spec('a', { age: 1500 });
    read();
    launch(
      'a',
      `echo one; while ! [ -e ${go} ]; do sleep 0.02; done; ${numbered(3000)}; sleep 1000`,
    );
    await eventually('it is rotated', () => rotated().length === 1 && log() === '');
    expect(log(rotated()[0])).to.equal('one\n');
    const renewed = readFileSync(join(pipes, 'a.spec'), 'utf8').replace('max 0', 'max 4096');
    writeFileSync(join(pipes, 'new'), renewed);
    renameSync(join(pipes, 'new'), join(pipes, 'a.spec'));
    // The reader has met the new spec when it has met what came after it.
    spec('b', { out: join(home, 'out-b') });
    await ended(launch('b', 'echo of b'));
    writeFileSync(go, '');
    await eventually('all is written', () => whole() === `one\n${expected(3000)}`);
    expect(rotated().length).to.be.greaterThan(1);
  });

  it('notices a log that was deleted or replaced', async () => {
    spec('a');
    read();
    const go = join(home, 'go');
    const child = launch('a', `echo one; while ! [ -e ${go} ]; do sleep 0.02; done; echo two`);
    await eventually(
      'the first line is there',
      () => existsSync(join(home, 'out')) && log() === 'one\n',
    );
    rmSync(join(home, 'out'));
    writeFileSync(go, '');
    await ended(child);
    expect(log()).to.equal('two\n');
    expect(readRunFile(join(home, 'a'))?.outputTo?.out).to.equal('one\ntwo\n'.length);
  });

  it('a program waits while nobody reads, and gets no SIGPIPE', async () => {
    spec('a');
    const child = launch('a', `head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end`);
    await eventually('the pipe is full', () => {
      const found = execFileSync('sh', ['-c', `cat /proc/${child.pid}/task/*/children`]).toString();
      return found.trim() !== '' && existsSync(join(pipes, 'a.out'));
    });
    expect(existsSync(join(home, 'out'))).to.equal(false);
    read();
    await ended(child);
    expect(log().length).to.equal(3_000_005);
    expect(readRunFile(join(home, 'a'))?.exit).to.include({ code: 0 });
  });

  /** Kills the reader of a program at one of its stops; false when it had ended before. */
  const killedAt = async (killAt: string, stop: number): Promise<boolean> => {
    const at = join(home, `stop-${stop}`);
    const folder = join(at, 'pipes');
    mkdirSync(folder, { recursive: true });
    spec('a', { max: 4096 }, at);
    const child = launch('a', numbered(600), at);
    const traced = start([killAt, String(stop), READER, folder]).child;
    await eventually('it was killed or has ended', () => traced.exitCode !== null, 30_000);
    // As the daemon does, in case it was killed before it had a successor; one that is not needed ends at once.
    start([READER, folder]);
    await ended(child);
    expect(whole(at) === expected(600), `killed at stop ${stop}`).to.equal(true);
    await noReaders(at);
    return traced.exitCode === 0;
  };

  it('killed before or after any of its system calls, its successor loses and doubles nothing', async function () {
    this.timeout(180_000);
    const killAt = join(home, 'kill-at');
    if (spawnSync('cc', ['-o', killAt, FIXTURE]).status !== 0) this.skip();
    let stops = 0;
    // Several at once: a reader that has nothing to do any more waits long before its last system calls.
    for (let killed = [true]; killed.every(Boolean); stops += 2 * killed.length) {
      const next = Array.from({ length: KILLS_AT_ONCE }, (_, i) => killedAt(killAt, stops + 2 * i));
      killed = await Promise.all(next);
    }
    expect(stops).to.be.greaterThan(20);
  });
});

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  argvOf,
  childrenMap,
  descendants,
  environOf,
  environValue,
  isSame,
  type ProcStat,
  parseStat,
  readStat,
  scan,
} from '../../src/platform/proc.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, isPossible, start, tempHome } from '../support/programs.js';

const TAIL = 'S 7 8 9 0 -1 4194560 1 2 3 4 50 60 7 8 20 0 3 0 1234 4096000 25 1 2 3';

const stat = (pid: number, ppid: number, startTicks: number): ProcStat => ({
  ...parseStat(`1 (x) ${TAIL}`)!,
  pid,
  ppid,
  startTicks,
});
const tableOf = (...stats: ProcStat[]) => new Map(stats.map((each) => [each.pid, each]));
const pidsOf = (stats: readonly ProcStat[]) => stats.map(({ pid }) => pid).sort();

const stateOf = (pid: number): string | undefined => readStat(pid)?.state;

describe('reading /proc/PID/stat', () => {
  afterEach(cleanUp);

  for (const comm of ['sleep', 'a b', 'a) S 1 (b', '((', '))', '', 'x\ny'])
    it(`takes ${JSON.stringify(comm)} for a name`, () => {
      expect(parseStat(`42 (${comm}) ${TAIL}\n`)).to.deep.include({
        pid: 42,
        comm,
        state: 'S',
        ppid: 7,
        pgrp: 8,
        session: 9,
        utimeTicks: 50,
        stimeTicks: 60,
        reapedTicks: 15,
        threads: 3,
        startTicks: 1234,
      });
    });

  for (const text of ['', '42', '42 (sleep', '42 (sleep) S 1 2', 'x (sleep) S 1'])
    it(`takes ${JSON.stringify(text)} for nothing`, () => {
      expect(parseStat(text)).to.equal(null);
    });

  it('finds a real program with parentheses in its name', async () => {
    const script = join(tempHome(), 'a) S 1 (b');
    writeFileSync(script, '#!/bin/sh\nread -r forever\n', { mode: 0o755 });
    const { os } = start([script], { stdio: ['pipe', 'ignore', 'ignore'] });
    const found = await eventually('the script runs', () => {
      const now = readStat(os.pid);
      return now?.comm === 'a) S 1 (b' ? now : null;
    });
    expect(found).to.include({ ppid: process.pid, startTicks: os.startTicks, threads: 1 });
  });

  it('agrees with ps about this process', () => {
    const columns = ['ppid', 'pgid', 'sess', 'nlwp'].flatMap((name) => ['-o', `${name}=`]);
    const told = execFileSync('ps', [...columns, '-p', String(process.pid)], { encoding: 'utf8' });
    const { ppid, pgrp, session, threads } = readStat(process.pid)!;
    expect(told.trim().split(/\s+/).map(Number)).to.deep.equal([ppid, pgrp, session, threads]);
  });

  it('answers null for a pid that nobody has', () => {
    expect(readStat(2 ** 30)).to.equal(null);
  });
});

describe('the identity of a process', () => {
  afterEach(cleanUp);

  it('holds while it lives and not for another start time', () => {
    const { os } = start(['sleep', '1000']);
    expect(isSame(os)).to.equal(true);
    expect(isSame({ ...os, startTicks: os.startTicks - 1 })).to.equal(false);
  });

  it('ends with a zombie, which still has pid and start time', async () => {
    const { child } = start(['sh', '-c', 'sleep 0.01 & echo $!; exec sleep 1000'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = await Promise.all([new Promise((done) => child.stdout!.once('data', done))]);
    const pid = Number(line);
    await eventually('it is a zombie', () => stateOf(pid) === 'Z');
    expect(isSame(readStat(pid)!)).to.equal(false);
  });

  it('goes on when only the main thread has ended', async function () {
    if (!isPossible(['cc', '--version'])) this.skip();
    const folder = tempHome();
    writeFileSync(
      join(folder, 'x.c'),
      `#include <pthread.h>
       #include <unistd.h>
       static void *stay(void *x) { for (;;) pause(); return x; }
       int main(void) { pthread_t t; pthread_create(&t, 0, stay, 0); pthread_exit(0); }`,
    );
    execFileSync('cc', ['-pthread', '-o', join(folder, 'x'), join(folder, 'x.c')]);
    const { os } = start([join(folder, 'x')]);
    await eventually('the kernel shows Z', () => stateOf(os.pid) === 'Z');
    expect(isSame(os)).to.equal(true);
  });

  it('survives exec and a rewritten title', async () => {
    const rewrite = `process.title = 'a stranger'; setInterval(() => {}, 1000)`;
    const { os } = start(['sh', '-c', `exec "$0" -e "$1"`, process.execPath, rewrite]);
    await eventually('the title shows', () => argvOf(os.pid)?.[0] === 'a stranger');
    expect(isSame(os)).to.equal(true);
  });
});

describe('the table of processes', () => {
  afterEach(cleanUp);

  it('has every process with what it comes from', async () => {
    const { os } = start(['sh', '-c', 'sh -c "sleep 1000; :"; :']);
    const found = await eventually('both children are there', () => {
      const below = descendants(childrenMap(scan()), [os.pid]);
      return below.length === 2 && below.some(({ comm }) => comm === 'sleep') ? below : null;
    });
    expect(found.map(({ comm }) => comm).sort()).to.deep.equal(['sh', 'sleep']);
    expect(scan().get(process.pid)?.ppid).to.equal(process.ppid);
  });

  it('does not take a recycled pid for a parent', () => {
    const table = tableOf(stat(10, 1, 500), stat(11, 10, 400), stat(12, 10, 500));
    expect(pidsOf(descendants(childrenMap(table), [10]))).to.deep.equal([12]);
  });

  it('is walked to its end even when it goes round in a circle', () => {
    const table = tableOf(stat(10, 11, 5), stat(11, 10, 5));
    expect(pidsOf(descendants(childrenMap(table), [10]))).to.deep.equal([10, 11]);
  });

  it('is cut where it is pruned', () => {
    const table = tableOf(stat(1, 0, 0), stat(2, 1, 1), stat(3, 2, 2), stat(4, 1, 1));
    const below = descendants(childrenMap(table), [1], ({ pid }) => pid === 2);
    expect(pidsOf(below)).to.deep.equal([4]);
  });
});

describe('the environment of a process', () => {
  afterEach(cleanUp);

  it('is the one that it was started with', async () => {
    const { os } = start(['sh', '-c', 'unset WHO; read -r forever'], {
      env: { WHO: 'me', EMPTY: '' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const environ = await eventually('sh has started', () =>
      readStat(os.pid)?.comm === 'sh' ? environOf(os.pid) : null,
    );
    expect(environValue(environ, 'WHO')).to.equal('me');
    expect(environValue(environ, 'EMPTY')).to.equal('');
    expect(environValue(environ, 'HO')).to.equal(null);
  });

  it('is searched by whole names, the first one counting', () => {
    const environ = 'A_KEY=1\0B=KEY=2\0KEY=3\0KEY=4\0';
    expect(environValue(environ, 'KEY')).to.equal('3');
    expect(environValue(environ, 'A_KEY')).to.equal('1');
    expect(environValue(environ, 'NONE')).to.equal(null);
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cleanUp, start, tempHome } from '../support/programs.js';

const ROTATOR = fileURLToPath(new URL('../../dist/launcher/opm-rotator', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../fixtures/logs/kill-at.c', import.meta.url));
const BUSY = 97;

const lines = (from: number, to: number): string =>
  Array.from(
    { length: to - from },
    (_, i) => `${String(from + i).padStart(8, '0')} ${'x'.repeat(54)}\n`,
  ).join('');

const rotate = (log: string, limit: number): number | null =>
  spawnSync(ROTATOR, [log, String(limit)]).status;

const numbers = (name: string): readonly [number, number] => {
  const [, start, end] = /\.(\d+)-(\d+)$/.exec(name) ?? [];
  return [Number(start), Number(end)];
};

/** The files that were rotated out of a log, in order; checks that each holds what its name says. */
const kept = (log: string): string[] => {
  const folder = join(log, '..');
  const names = readdirSync(folder)
    .filter((name) => /^log\.\d+-\d+$/.test(name))
    .sort();
  let end = 0;
  for (const name of names) {
    const [from, to] = numbers(name);
    expect(from, `${name} continues the one before`).to.equal(end);
    expect(statSync(join(folder, name)).size, name).to.equal(to - from);
    end = to;
  }
  return names.map((name) => join(folder, name));
};

/** Everything that is kept of a log, the oldest first. */
const whole = (log: string): string =>
  [...kept(log), log].map((file) => readFileSync(file, 'utf8')).join('');

/** A folder on a file system that cannot collapse a range. */
const onTmpfs = (): string | null => {
  const folder = join('/dev/shm', `opm-rotator-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch {
    return null;
  }
};

const PLACES = [
  { what: 'where a range can be collapsed', folder: tempHome },
  { what: 'where a log has to be truncated (tmpfs)', folder: onTmpfs },
] as const;

for (const { what, folder } of PLACES) {
  describe(`a rotation ${what}`, () => {
    let home: string;
    let log: string;

    beforeEach(function () {
      const found = folder();
      if (found === null) this.skip();
      home = found;
      log = join(home, 'log');
    });

    afterEach(() => {
      cleanUp();
      rmSync(home, { recursive: true, force: true });
    });

    it('moves whole lines into a file that is named by their place, and leaves the rest', () => {
      appendFileSync(log, lines(0, 1000));
      expect(rotate(log, 32_768)).to.equal(0);
      appendFileSync(log, lines(1000, 1010));
      const [first, ...more] = kept(log);
      expect(more).to.deep.equal([]);
      expect(readFileSync(first!, 'utf8')).to.match(/x\n$/);
      expect(statSync(log).size).to.be.below(32_768);
      expect(whole(log)).to.equal(lines(0, 1010));
    });

    it('leaves alone what has not reached the limit, and what is not there', () => {
      appendFileSync(log, lines(0, 100));
      expect(rotate(log, 32_768)).to.equal(0);
      expect(rotate(join(home, 'none'), 32_768)).to.equal(0);
      expect(readdirSync(home).filter((name) => !name.endsWith('.pos'))).to.deep.equal(['log']);
    });

    it('killed before or after any of its system calls, it loses and doubles nothing', function () {
      this.timeout(120_000);
      const killAt = join(home, 'kill-at');
      if (spawnSync('cc', ['-o', killAt, FIXTURE]).status !== 0) this.skip();
      let stops = 0;
      for (let killed = true; killed; stops += 1) {
        for (const name of readdirSync(home)) if (name.startsWith('log')) rmSync(join(home, name));
        appendFileSync(log, lines(0, 600));
        killed = spawnSync(killAt, [String(stops), ROTATOR, log, '16384']).status === 0;
        appendFileSync(log, lines(600, 700));
        expect(rotate(log, 16_384)).to.equal(0);
        expect(whole(log) === lines(0, 700), `killed at stop ${stops}`).to.equal(true);
        expect(readdirSync(home)).to.not.include('log.part');
      }
      expect(stops).to.be.greaterThan(40);
    });

    it('a second rotator of the same log leaves it to the first', () => {
      appendFileSync(log, lines(0, 1000));
      const { child } = start(['flock', log, 'sleep', '1000']);
      const isTaken = () => spawnSync('flock', ['-n', log, 'true']).status !== 0;
      while (!isTaken()) expect(child.exitCode).to.equal(null);
      expect(rotate(log, 16_384)).to.equal(BUSY);
      expect(readFileSync(log, 'utf8')).to.equal(lines(0, 1000));
    });

    it('emptied, a log goes on counting', () => {
      appendFileSync(log, lines(0, 10));
      execFileSync(ROTATOR, ['--flush', log]);
      expect(statSync(log).size).to.equal(0);
      appendFileSync(log, lines(10, 600));
      expect(rotate(log, 16_384)).to.equal(0);
      const [from] = numbers(readdirSync(home).find((name) => /\d-\d/.test(name))!);
      expect(from).to.equal(lines(0, 10).length);
    });
  });
}

describe('a rotation under writers', () => {
  afterEach(cleanUp);

  it('loses, doubles and splits no line that is appended meanwhile', async function () {
    this.timeout(60_000);
    const log = join(tempHome(), 'log');
    if (
      spawnSync('sh', ['-c', `head -c 8192 /dev/zero >${log} && fallocate -c -l 4096 ${log}`])
        .status !== 0
    )
      this.skip();
    rmSync(log);
    const count = 200_000;
    const script = `i=0; while [ $i -lt ${count} ]; do printf '%08d xxxxxxxxxxxxxxxxxxxxx\\n' $i; i=$((i + 1)); done`;
    const { child } = start(['sh', '-c', `exec >>${log}; ${script}`]);
    let rotations = 0;
    while (child.exitCode === null) {
      if (rotate(log, 65_536) === 0) rotations += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(rotations).to.be.greaterThan(5);
    const found = whole(log).split('\n').slice(0, -1);
    expect(found.length).to.equal(count);
    expect(found.every((line, i) => Number(line.slice(0, 8)) === i && line.length === 30)).to.equal(
      true,
    );
  });
});

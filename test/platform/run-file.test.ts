import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  createFence,
  exitRecordOf,
  parseRunFile,
  type RunFile,
  readRunFile,
} from '../../src/platform/run-file.js';
import { cleanUp, tempHome } from '../support/programs.js';

const NOTHING: RunFile = {
  fence: null,
  claim: null,
  child: null,
  start: null,
  ready: null,
  fail: null,
  exit: null,
  empty: null,
  outputFrom: null,
  outputTo: null,
};
const EMPTY_LINE = 'empty 1700000000900 1500 250 2048 1';
const EMPTY = {
  at: 1_700_000_000_900,
  userMs: 1500,
  systemMs: 250,
  maxRssBytes: 2048 * 1024,
  oomKills: 1,
};

const CASES: readonly (readonly [line: string, fact: Partial<RunFile>])[] = [
  ['fence 12 1700000000000', { fence: { pid: 12, at: 1_700_000_000_000 } }],
  ['claim 12 345 17', { claim: { launcher: { pid: 12, startTicks: 345 }, at: 17 } }],
  ['start 13 346 18', { start: { program: { pid: 13, startTicks: 346 }, at: 18 } }],
  ['fail exec 2 ENOENT 19', { fail: { stage: 'exec', errno: 2, error: 'ENOENT', at: 19 } }],
  ['exit code 0 20', { exit: { code: 0, signal: null, coreDumped: false, at: 20 } }],
  ['exit code 137 20', { exit: { code: 137, signal: null, coreDumped: false, at: 20 } }],
  ['exit signal 9 0 20', { exit: { code: null, signal: 'SIGKILL', coreDumped: false, at: 20 } }],
  ['exit signal 6 1 20', { exit: { code: null, signal: 'SIGABRT', coreDumped: true, at: 20 } }],
  [
    'exit signal 37 0 20',
    { exit: { code: null, signal: 'SIGRTMIN+3', coreDumped: false, at: 20 } },
  ],
  ['ready 17', { ready: { at: 17 } }],
  [EMPTY_LINE, { empty: EMPTY }],
  ['output from 0 4096', { outputFrom: { out: 0, error: 4096 } }],
  ['output to 12 4096', { outputTo: { out: 12, error: 4096 } }],
];

describe('reading a run file', () => {
  for (const [line, fact] of CASES)
    it(`understands "${line}"`, () => {
      expect(parseRunFile(`${line}\n`)).to.deep.equal({ ...NOTHING, ...fact });
    });

  for (const line of [
    '',
    'claim',
    'claim 12 345',
    'claim 12 x 17',
    'claim -12 345 17',
    'exit 0 20',
    'exit code 20',
    'exit signal 9 20',
    'exit stop 9 0 20',
    'fail exec ENOENT 2 19',
    'empty 1 2 3 4',
    'output from 12 -1',
    'output 12 13',
    'ready',
    'ready soon',
    'verdict 1 2 3',
  ])
    it(`draws nothing from "${line}"`, () => {
      expect(parseRunFile(`${line}\n`)).to.deep.equal(NOTHING);
    });

  it('ignores a line that is not finished', () => {
    for (let length = 0; length <= EMPTY_LINE.length; length += 1)
      expect(parseRunFile(EMPTY_LINE.slice(0, length))).to.deep.equal(NOTHING);
  });

  it('takes words that a later version may add for no harm', () => {
    expect(parseRunFile('exit code 3 20 more\nverdict 1\nstart 1 2 3 4\n')).to.deep.include({
      exit: { code: 3, signal: null, coreDumped: false, at: 20 },
      start: { program: { pid: 1, startTicks: 2 }, at: 3 },
    });
  });

  it('keeps to the first of two lines of a kind', () => {
    expect(parseRunFile('exit code 3 20\nexit signal 9 0 21\n').exit?.code).to.equal(3);
  });
});

describe('the exit record', () => {
  it('is there once the run is over', () => {
    const text = `claim 12 345 17\nstart 13 346 18\nexit signal 15 0 1700000000800\n`;
    expect(exitRecordOf(parseRunFile(text))).to.equal(null);
    expect(exitRecordOf(parseRunFile(`${text}${EMPTY_LINE}\n`))).to.deep.equal({
      code: null,
      signal: 'SIGTERM',
      coreDumped: false,
      exitedAt: 1_700_000_000_800,
      closedAt: EMPTY.at,
      userMs: EMPTY.userMs,
      systemMs: EMPTY.systemMs,
      maxRssBytes: EMPTY.maxRssBytes,
      oomKills: 1,
    });
  });

  it('is not made up for a run that ended without an exit', () => {
    expect(exitRecordOf(parseRunFile(`fail exec 2 ENOENT 19\n${EMPTY_LINE}\n`))).to.equal(null);
  });
});

describe('a spawn key', () => {
  let path: string;
  beforeEach(() => {
    path = join(tempHome(), '7-1-abc');
  });
  afterEach(cleanUp);

  it('is not taken while it has no file', () => {
    expect(readRunFile(path)).to.equal(null);
  });

  it('is fenced once', () => {
    expect(createFence(path, 12, 17)).to.equal(true);
    expect(createFence(path, 13, 18)).to.equal(false);
    expect(readRunFile(path)).to.deep.equal({ ...NOTHING, fence: { pid: 12, at: 17 } });
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('is not fenced after a launcher has claimed it, even one that has yet to write', () => {
    writeFileSync(path, '');
    expect(createFence(path, 12, 17)).to.equal(false);
    expect(readRunFile(path)).to.deep.equal(NOTHING);
    appendFileSync(path, 'claim 12 345 17\n');
    expect(createFence(path, 12, 17)).to.equal(false);
    expect(readFileSync(path, 'utf8')).to.equal('claim 12 345 17\n');
  });

  it('is not said to be free when its file cannot be read', () => {
    expect(() => readRunFile(join(path, '..'))).to.throw(/EISDIR/);
    expect(() => createFence('/proc/nowhere/x', 1, 1)).to.throw(/ENOENT/);
  });
});

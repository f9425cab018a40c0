import { expect } from 'chai';
import { spawnKey } from '../../src/domain/ids.js';
import { factsOf } from '../../src/effects/run-facts.js';
import { parseRunFile } from '../../src/platform/run-file.js';

const key = spawnKey('0-1-x');
const kinds = (...lines: string[]): string[] =>
  factsOf(key, parseRunFile(lines.map((line) => `${line}\n`).join(''))).map(({ kind }) => kind);
const claim = 'claim 10 100 1000';
const start = 'start 11 101 1001';
const empty = 'empty 1003 5 6 7 0';

describe('the facts of a run file', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['that is empty are none', [], []],
    ['with a fence are none', ['fence 1 1000'], []],
    ['with a claim alone are none', [claim], []],
    ['with a start say that it started', [claim, start], ['started']],
    [
      'with an exit but a living tree say only that it started',
      [claim, start, 'exit code 0 1002'],
      ['started'],
    ],
    [
      'with everything say that it started, then ended',
      [claim, start, 'exit code 0 1002', empty],
      ['started', 'ended'],
    ],
    [
      'with a failure say that it failed, once nothing is left',
      [claim, 'fail exec 2 ENOENT 1002', empty],
      ['failed'],
    ],
    ['with a failure alone are none yet', [claim, 'fail exec 2 ENOENT 1002'], []],
  ];
  for (const [title, lines, expected] of cases) {
    it(title, () => {
      expect(kinds(...lines)).to.deep.equal(expected);
    });
  }

  it('name the program and its launcher, each with its start time', () => {
    expect(factsOf(key, parseRunFile(`${claim}\n${start}\n`))).to.deep.equal([
      {
        kind: 'started',
        spawnKey: key,
        program: { pid: 11, startTicks: 101 },
        launcher: { pid: 10, startTicks: 100 },
        startedAt: 1001,
        outputFrom: null,
      },
    ]);
  });

  it('say where its output began and ended', () => {
    const lines = [claim, 'output from 0 7', start, 'exit code 0 1002', 'output to 12 9', empty];
    const [started, ended] = factsOf(key, parseRunFile(`${lines.join('\n')}\n`));
    expect(started).to.deep.include({ outputFrom: { out: 0, error: 7 } });
    expect(ended).to.deep.include({ outputTo: { out: 12, error: 9 } });
  });

  const ends: readonly (readonly [string, number | null, string | null])[] = [
    ['exit code 0 1002', 0, null],
    ['exit code 3 1002', 3, null],
    ['exit code 137 1002', 137, null],
    ['exit signal 9 0 1002', null, 'SIGKILL'],
    ['exit signal 15 0 1002', null, 'SIGTERM'],
  ];
  for (const [line, code, signal] of ends) {
    it(`incident 23: "${line}" is ${signal ?? `code ${code}`} and nothing else`, () => {
      const file = parseRunFile(`${claim}\n${start}\n${line}\n${empty}\n`);
      const [, ended] = factsOf(key, file);
      expect(ended?.kind === 'ended' && ended.exit).to.deep.include({ code, signal });
    });
  }
});

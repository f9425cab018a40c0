import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  endOfFinished,
  LineCutter,
  type LogLine,
  lastLines,
  readLines,
} from '../../src/cli/log-lines.js';
import { mergeLines, type TimedLine } from '../../src/cli/log-query.js';
import { ownTime } from '../../src/cli/log-time.js';
import { LogStream } from '../../src/platform/log-stream.js';
import { cleanUp, tempHome } from '../support/programs.js';

const whole = (lines: readonly LogLine[]): Buffer =>
  Buffer.concat(
    lines.flatMap(({ bytes, ended }) => (ended ? [bytes, Buffer.from('\n')] : [bytes])),
  );

describe('the lines of a log', () => {
  afterEach(cleanUp);

  const withContent = (content: Uint8Array): LogStream => {
    const path = join(tempHome(), 'log');
    writeFileSync(path, content);
    return new LogStream(path);
  };

  it('are the same bytes again, however they are cut into pieces', () => {
    const bytes = fc.array(fc.constantFrom(0, 10, 13, 65, 0xff), { maxLength: 60 });
    void fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 7 }), (numbers, step) => {
        const all = Buffer.from(numbers);
        const cutter = new LineCutter(5);
        const lines: LogLine[] = [];
        for (let at = 0; at < all.length; at += step)
          lines.push(...cutter.take(5 + at, all.subarray(at, at + step)));
        lines.push(...cutter.flush());
        expect(whole(lines).equals(all)).to.equal(true);
        for (const { position, bytes: line } of lines)
          expect(all.subarray(position - 5, position - 5 + line.length).equals(line)).to.equal(
            true,
          );
      }),
    );
  });

  it('of 10 MB, with NUL bytes and no UTF-8, are read whole', () => {
    const long = Buffer.alloc(10 * 1024 * 1024, 'x');
    long.set([0, 0xff, 0xc0, 0], 4096);
    const stream = withContent(Buffer.concat([long, Buffer.from('\nshort\n')]));
    const lines = [...readLines(stream, stream.bounds())];
    expect(lines.map(({ bytes }) => bytes.length)).to.deep.equal([long.length, 5]);
    expect(lines[0]!.bytes.equals(long)).to.equal(true);
    expect(lastLines(stream, stream.bounds(), 1)).to.have.length(1);
  });

  const tails: readonly (readonly [string, number, readonly string[]])[] = [
    ['a\nb\nc\n', 2, ['b', 'c']],
    ['a\nb\nc', 2, ['b', 'c']],
    ['a\nb\n\n', 2, ['b', '']],
    ['a\nb\n', 9, ['a', 'b']],
    ['a\nb\n', 0, []],
    ['', 3, []],
  ];
  for (const [content, count, expected] of tails) {
    it(`the last ${count} of ${JSON.stringify(content)} are ${JSON.stringify(expected)}`, () => {
      const stream = withContent(Buffer.from(content));
      const found = lastLines(stream, stream.bounds(), count).map(({ bytes }) => bytes.toString());
      expect(found).to.deep.equal(expected);
    });
  }

  it('that are finished end after the last newline', () => {
    const stream = withContent(Buffer.from('a\nbc'));
    expect(endOfFinished(stream, stream.bounds())).to.equal(2);
    expect(endOfFinished(stream, { from: 2, to: 4 })).to.equal(2);
  });

  const times: readonly (readonly [string, string | null])[] = [
    ['2026-01-31T12:00:00Z ready', '2026-01-31T12:00:00.000Z'],
    ['[2026-01-31T12:00:00.5+02:00] ready', '2026-01-31T10:00:00.500Z'],
    ['2026-01-31 12:00:00,123 +0100 ready', '2026-01-31T11:00:00.123Z'],
    ['2026/01/31 12:00 Z', '2026-01-31T12:00:00.000Z'],
    ['{"level":30,"time":1769860800000,"msg":"x"}', '2026-01-31T12:00:00.000Z'],
    ['{"timestamp":"2026-01-31T12:00:00Z"}', '2026-01-31T12:00:00.000Z'],
    ['{"ts":1769860800.25}', '2026-01-31T12:00:00.250Z'],
    ['at 2026-01-31T12:00:00Z', null],
    ['2026-13-45T12:00:00Z', null],
    ['', null],
  ];
  for (const [line, expected] of times) {
    it(`the time of ${JSON.stringify(line)} is ${expected}`, () => {
      const at = ownTime(Buffer.from(line));
      expect(at === null ? null : new Date(at).toISOString()).to.equal(expected);
    });
  }

  it('of several logs are merged by time, and each log keeps its order', () => {
    const line = (at: number): TimedLine => ({ at }) as TimedLine;
    const merged = mergeLines([[1, 5, 3].map(line), [2, 4].map(line), []]);
    expect([...merged].map(({ at }) => at)).to.deep.equal([1, 2, 4, 5, 3]);
  });
});

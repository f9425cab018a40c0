import { expect } from 'chai';
import { formatAge, formatBytes, formatDuration, formatTime } from '../../src/cli/format.js';
import { parseDuration } from '../../src/domain/units.js';

describe('what is printed', () => {
  const sizes: readonly (readonly [number | null, string])[] = [
    [null, '-'],
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KB'],
    [18_035_507, '17.2 MB'],
    [1024 ** 3, '1.0 GB'],
    [5 * 1024 ** 5, '5120.0 TB'],
  ];
  for (const [bytes, text] of sizes) {
    it(`${bytes} bytes are ${text}`, () => {
      expect(formatBytes(bytes)).to.equal(text);
    });
  }

  const settings: readonly (readonly [number, string])[] = [
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [1500, '1.5 s'],
    [1234, '1234 ms'],
    [90_000, '1.5 min'],
    [900_000, '15 min'],
    [3_600_000, '1 h'],
  ];
  for (const [ms, text] of settings) {
    it(`a setting of ${ms} ms is ${text}`, () => {
      expect(formatDuration(ms)).to.equal(text);
    });
  }

  const ages: readonly (readonly [number, string])[] = [
    [-5, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [3_599_999, '59m'],
    [3_600_000, '1h'],
    [86_399_999, '23h'],
    [4 * 86_400_000, '4d'],
  ];
  for (const [ms, text] of ages) {
    it(`${ms} ms are ${text}`, () => {
      expect(formatAge(ms)).to.equal(text);
    });
  }

  it('times are local, and sort as text', () => {
    const at = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
    expect(formatTime(at)).to.equal('2026-01-02 03:04:05.006');
  });
});

describe('a duration', () => {
  const durations: readonly (readonly [string, number | null])[] = [
    ['500', 500],
    ['500ms', 500],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['0', 0],
    ['', null],
    ['-1s', null],
    ['1 s', null],
    ['1d', 86_400_000],
    ['1e3', null],
    ['.5s', null],
    ['s', null],
  ];
  for (const [text, ms] of durations) {
    it(`"${text}" is ${ms === null ? 'none' : `${ms} ms`}`, () => {
      expect(parseDuration(text)).to.equal(ms);
    });
  }
});

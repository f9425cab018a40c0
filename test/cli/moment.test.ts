import { expect } from 'chai';
import { isSince, isUntil, momentText, parseMoment } from '../../src/cli/moment.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const MINUTE = 60_000;

/** The last time before NOW that a clock here showed this. */
const lastAt = (hours: number, minutes: number, seconds = 0): number => {
  const today = new Date(new Date(NOW).setHours(hours, minutes, seconds, 0));
  const yesterday = new Date(new Date(today).setDate(today.getDate() - 1));
  return today.getTime() > NOW ? yesterday.getTime() : today.getTime();
};

describe('a moment as typed', () => {
  const moments: readonly (readonly [string, ReturnType<typeof parseMoment>])[] = [
    ['42', { kind: 'seq', seq: 42 }],
    ['now', { kind: 'time', at: NOW }],
    ['10m', { kind: 'time', at: NOW - 10 * MINUTE }],
    ['10m ago', { kind: 'time', at: NOW - 10 * MINUTE }],
    ['1h30m', { kind: 'time', at: NOW - 90 * MINUTE }],
    ['1.5s', { kind: 'time', at: NOW - 1500 }],
    ['2d', { kind: 'time', at: NOW - 2 * 24 * 60 * MINUTE }],
    ['2026-01-31T11:59:00Z', { kind: 'time', at: NOW - MINUTE }],
    ['2026-01-31T12:59:00+01:00', { kind: 'time', at: NOW - MINUTE }],
    ['2026-01-31 03:04', { kind: 'time', at: new Date(2026, 0, 31, 3, 4).getTime() }],
    ['2026-01-31 03:04:05.006', { kind: 'time', at: new Date(2026, 0, 31, 3, 4, 5, 6).getTime() }],
    ['03:04', { kind: 'time', at: lastAt(3, 4) }],
    ['23:59:59', { kind: 'time', at: lastAt(23, 59, 59) }],
    ['2026-01-31', { kind: 'time', at: new Date(2026, 0, 31).getTime() }],
  ];
  for (const [text, moment] of moments) {
    it(`"${text}" is understood`, () => {
      expect(parseMoment(text, NOW)).to.deep.equal(moment);
    });
  }

  for (const text of [
    '',
    'foo',
    '-5',
    '10 m',
    '10x',
    'web 1',
    '2026-13-01',
    '2026-01-31T9',
    '25:00',
    '10:60',
    '10m later',
  ]) {
    it(`"${text}" is refused by name`, () => {
      expect(() => parseMoment(text, NOW))
        .to.throw(`"${text}" is neither a seq nor a time`)
        .with.property('code', 'BAD_TIME');
    });
  }

  it('the API is told a seq or an absolute time', () => {
    expect(momentText(parseMoment('7', NOW))).to.equal('7');
    expect(momentText(parseMoment('1m', NOW))).to.equal('2026-01-31T11:59:00.000Z');
  });

  it('an event at the moment itself is both since and until it', () => {
    const event = { seq: 7, at: NOW };
    for (const moment of [parseMoment('7', NOW), parseMoment('now', NOW)]) {
      expect([isSince(event, moment), isUntil(event, moment)]).to.deep.equal([true, true]);
    }
    expect(isSince(event, parseMoment('8', NOW))).to.equal(false);
    expect(isUntil(event, parseMoment('1s', NOW))).to.equal(false);
  });
});

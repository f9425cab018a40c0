import { expect } from 'chai';
import { spawnKey } from '../../src/domain/ids.js';
import { formatMark, parseMark, sameMark } from '../../src/platform/marker.js';

const key = spawnKey('7-3-a_b-c');

describe('the marker of a run', () => {
  for (const home of ['/home/x/.opm', '/with space/and#hash', '/#'])
    it(`names the home ${home} and the spawn key`, () => {
      expect(parseMark(formatMark({ home, key }))).to.deep.equal({ home, key });
    });

  for (const text of ['', '/home/x', '#7-3-a', '/home/x#', '/home/x#nonsense', '/home/x#7-3'])
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(parseMark(text)).to.equal(null);
    });

  it('is the same only in the same home', () => {
    expect(sameMark({ home: '/a', key }, { home: '/a', key })).to.equal(true);
    expect(sameMark({ home: '/a', key }, { home: '/b', key })).to.equal(false);
    expect(sameMark(undefined, undefined)).to.equal(false);
  });
});

import { expect } from 'chai';
import type { Recorded } from '../../src/domain/event.js';
import { processId, runKey, type SpawnKey, spawnKey } from '../../src/domain/ids.js';
import { Lanes } from '../../src/effects/lanes.js';

const [a, b, c] = ['0-1-x', '1-1-x', '2-1-x'].map(spawnKey) as [SpawnKey, SpawnKey, SpawnKey];

/** An event about a run; the lanes look at its type and its spawn key alone. */
const about = (type: Recorded['type'], key: SpawnKey) =>
  ({ type, data: { process: processId(0), spawnKey: key } }) as Recorded;

/** Lanes, and the keys that were let go so far. */
const given = () => {
  const lanes = new Lanes();
  const gone: SpawnKey[] = [];
  const enter = (concurrency: number, ...keys: SpawnKey[]) => {
    for (const key of keys) {
      lanes.enter(key, { runKey: runKey('boot'), concurrency }, () => gone.push(key));
    }
  };
  return { lanes, gone, enter };
};

describe('a lane', () => {
  it('lets as many launches go as its concurrency says', () => {
    const { gone, enter } = given();
    enter(2, a, b, c);
    expect(gone).to.deep.equal([a, b]);
  });

  it('without a bound holds nothing back', () => {
    const { gone, enter } = given();
    enter(0, a, b, c);
    expect(gone).to.deep.equal([a, b, c]);
  });

  it('does not hold back a launch that is in none', () => {
    const { lanes, gone, enter } = given();
    enter(1, a);
    lanes.enter(b, null, () => gone.push(b));
    expect(gone).to.deep.equal([a, b]);
  });

  it('does not hold back another restore run', () => {
    const { lanes, gone, enter } = given();
    enter(1, a);
    lanes.enter(b, { runKey: runKey('other'), concurrency: 1 }, () => gone.push(b));
    expect(gone).to.deep.equal([a, b]);
  });

  const ends: readonly Recorded['type'][] = [
    'ProcessStarted',
    'ProcessAdopted',
    'ProcessExited',
    'ProcessLost',
    'SpawnFailed',
    'SpawnAbandoned',
    'DuplicateSuppressed',
  ];
  for (const type of ends) {
    it(`lets the next one go at ${type}`, () => {
      const { lanes, gone, enter } = given();
      enter(1, a, b, c);
      lanes.observe([about(type, a)]);
      expect(gone).to.deep.equal([a, b]);
    });
  }

  it('lets nobody go for what is no arrival, nor for the same arrival twice', () => {
    const { lanes, gone, enter } = given();
    enter(1, a, b, c);
    lanes.observe([about('SpawnRequested', a), about('StopRequested', a)]);
    expect(gone).to.deep.equal([a]);
    lanes.observe([about('ProcessStarted', a)]);
    lanes.observe([about('ProcessExited', a)]);
    expect(gone).to.deep.equal([a, b]);
  });

  it('gives no room to a launch that waits and whose run was closed meanwhile', () => {
    const { lanes, gone, enter } = given();
    enter(1, a, b, c);
    lanes.observe([about('SpawnAbandoned', b)]);
    lanes.observe([about('ProcessStarted', a)]);
    expect(gone).to.deep.equal([a, c]);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { saveSnapshot, stateAt } from '../../src/daemon/snapshot.js';
import { evolve } from '../../src/domain/evolve.js';
import { seq } from '../../src/domain/ids.js';
import { initialState } from '../../src/domain/state.js';
import { history, lived } from '../support/histories.js';
import { logOf } from '../support/memory-log.js';

describe('the state of a log', () => {
  it('is the same from a snapshot and the rest as from the beginning, after every event', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (done, at) => {
        const { log: events } = lived(done);
        const log = await logOf(events);
        const cut = 1 + (at % events.length);
        await saveSnapshot(log, evolve(initialState, events.slice(0, cut)));
        let expected = initialState;
        for (const event of events) {
          expected = evolve(expected, [event]);
          expect(await stateAt(log, event.seq)).to.deep.equal(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is the same however often it is replayed', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (done) => {
        const { log: events, state } = lived(done);
        const log = await logOf(events);
        expect(await stateAt(log)).to.deep.equal(state);
        expect(await stateAt(log)).to.deep.equal(state);
        expect(await stateAt(log, seq(events.length))).to.deep.equal(state);
      }),
      { numRuns: 40 },
    );
  });
});

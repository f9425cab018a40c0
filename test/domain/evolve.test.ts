import { expect } from 'chai';
import type { EventType, Recorded } from '../../src/domain/event.js';
import { evolve } from '../../src/domain/evolve.js';
import { seq } from '../../src/domain/ids.js';
import { initialState, type State } from '../../src/domain/state.js';
import { eventSamples } from '../support/event-samples.js';

const sample = (type: EventType): Recorded =>
  ({
    type,
    data: eventSamples[type],
    seq: seq(1),
    id: 'x',
    at: 1,
    causedBy: null,
    runKey: null,
    request: null,
  }) as Recorded;

const empty = (): State => ({
  ...initialState,
  apps: new Map(),
  processes: new Map(),
  labels: new Map(),
});

describe('folding an event into a state', () => {
  const defined = evolve(empty(), [sample('AppDefined'), sample('ProcessCreated')]);

  for (const type of Object.keys(eventSamples) as EventType[]) {
    it(`leaves the state before ${type} as it was`, () => {
      for (const before of [empty(), structuredClone(defined)]) {
        const copy = structuredClone(before);
        evolve(before, [sample(type)]);
        expect(before).to.deep.equal(copy);
      }
    });
  }

  it('shares what an event of a process leaves alone', () => {
    const after = evolve(defined, [sample('WantedChanged')]);
    expect(after.apps).to.equal(defined.apps);
    expect(after.labels).to.equal(defined.labels);
  });
});

import { rmSync } from 'node:fs';
import { expect } from 'chai';
import { bundleWorker } from './bundle.js';
import { playSeeds, tellSeed } from './fleet.js';
import { MUTANTS } from './mutants.js';

/** So many seeds have to be enough: a guard that is never needed in them is not tested. */
const SEEDS = 2000;

describe('the simulation without one guard of the design', () => {
  for (const mutant of MUTANTS) {
    it(`notices that "${mutant.guard}" is switched off`, async function () {
      this.timeout(600_000);
      const bundle = await bundleWorker(`without ${mutant.guard}`, mutant);
      try {
        const { failed } = await playSeeds(bundle, { first: 1, count: SEEDS, oneIsEnough: true });
        expect(failed, 'the mutant survived').to.not.deep.equal([]);
      } finally {
        rmSync(bundle);
      }
    });
  }

  it('tells a failing seed as a short story that ends in the broken promise', async function () {
    this.timeout(120_000);
    const mutant = MUTANTS.find(({ guard }) => guard === 'one open run')!;
    const bundle = await bundleWorker('to be told', mutant);
    try {
      const { failed } = await playSeeds(bundle, { first: 1, count: SEEDS, workers: 1 });
      const { items, violation, story } = await tellSeed(bundle, failed[0]!.seed);
      expect(items.length).to.be.at.most(4);
      expect(violation?.rule).to.equal(failed[0]!.violation?.rule);
      expect(story.split('\n').at(-1)).to.include(violation?.detail);
    } finally {
      rmSync(bundle);
    }
  });
});

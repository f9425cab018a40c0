import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { bundleWorker } from './bundle.js';
import { playSeeds } from './fleet.js';
import { scenarioOf } from './scenario.js';
import { simulate } from './simulation.js';

const SEEDS = 2000;
const CLI = fileURLToPath(new URL('./simulate.ts', import.meta.url));

const story = async (seed: number): Promise<string> =>
  (await simulate(scenarioOf(seed), true)).story.text;

/** The command line of the simulation: its exit code and all that it printed. */
const run = (...args: string[]) => {
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', tsx, CLI, ...args]);
  return { status, text: `${stdout}${stderr}` };
};

describe('the simulation', () => {
  it(`${SEEDS} seeds break no promise`, async function () {
    this.timeout(600_000);
    const bundle = await bundleWorker('test');
    try {
      const { played, failed } = await playSeeds(bundle, { first: 1, count: SEEDS });
      expect(failed).to.deep.equal([]);
      expect(played).to.equal(SEEDS);
    } finally {
      rmSync(bundle);
    }
  });

  it('the same seed goes the same way, byte for byte, whatever was played before', async function () {
    this.timeout(120_000);
    const seeds = [3, 17, 42, 99];
    const first: string[] = [];
    for (const seed of seeds) first.push(await story(seed));
    for (const seed of seeds.toReversed())
      expect(await story(seed)).to.equal(first[seeds.indexOf(seed)]);
    expect(new Set(first)).to.have.length(seeds.length);
  });

  it('plays what it says: requests, launches, deaths of the daemon and new epochs', async () => {
    const told: string[] = [];
    for (let seed = 1; seed <= 40; seed += 1) told.push(await story(seed));
    for (const what of ['asks under', 'the program runs', 'dies: killed after call', 'power lost'])
      expect(told.join('\n')).to.include(what);
  });

  it('a seed that is no number is refused with what is expected', function () {
    this.timeout(60_000);
    const { status, text } = run('--seed', 'x');
    expect(status).to.equal(2);
    expect(text).to.include('--seed "x" is no whole number from 0 to 4294967295');
  });
});

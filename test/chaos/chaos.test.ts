import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Dice } from '../simulation/chance.js';
import { torment } from './contender.js';
import { OpmContender } from './opm-contender.js';
import { Programs } from './programs.js';

const CLI = fileURLToPath(new URL('./chaos.ts', import.meta.url));
const [KILLS, PROGRAMS] = [20, 20];

describe('chaos', () => {
  it(`${KILLS} deaths of the daemon leave one copy of each of ${PROGRAMS} programs`, async function () {
    this.timeout(600_000);
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'opm-chaos-')));
    const programs = new Programs(folder, PROGRAMS);
    const contender = new OpmContender(folder, programs, new Dice(1));
    try {
      await contender.begin();
      const size = { kills: KILLS, programs: PROGRAMS };
      const tally = await torment(contender, size, () => {});
      expect(await contender.end()).to.equal(null);
      expect(tally.failures).to.deep.equal([]);
      const { duplicates, missing, survivors } = tally;
      expect({ duplicates, missing, survivors }).to.deep.equal({
        duplicates: 0,
        missing: 0,
        survivors: 0,
      });
      expect(programs.keysPerformedTwice()).to.deep.equal([]);
      expect(programs.started()).to.be.at.least(PROGRAMS * (1 + tally.rounds));
    } finally {
      await contender.end();
      programs.sweep();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    }
  });

  const refusals = [
    [['--kills', 'many'], '--kills "many" is no whole number from 1 to 1000000'],
    [['--seed', 'x'], '--seed "x" is no whole number from 1 to 4294967295'],
    [['--against', 'runit'], '--against "runit": only opm and pm2 have a command that restores'],
  ] as const;
  for (const [args, problem] of refusals)
    it(`refuses ${args.join(' ')} and says what is expected`, function () {
      this.timeout(60_000);
      const tsx = createRequire(import.meta.url).resolve('tsx');
      const argv = ['--import', tsx, CLI, ...args];
      const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
      expect(status).to.equal(2);
      expect(stderr).to.include(problem);
    });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { takeLogInventory } from '../../src/platform/log-inventory.js';
import { cleanUp, tempHome } from '../support/programs.js';

const LOGS = 3000;
/** One look at the folder for each log takes this many times as long. */
const CPU_LIMIT_MS = 3000;

describe('the inventory of logs', () => {
  afterEach(cleanUp);

  const logsIn = (folder: string, names: readonly string[]) => {
    mkdirSync(folder, { recursive: true });
    return names.map((name) => {
      const path = join(folder, name);
      writeFileSync(path, 'line\n');
      return { path, rotates: true };
    });
  };

  it('gives each log what was rotated out of it, in whichever folder it lies', () => {
    const home = tempHome();
    const logs = [
      ...logsIn(join(home, 'a'), ['web.log', 'web.log.old']),
      ...logsIn(join(home, 'b'), ['web.log']),
    ];
    const first = logs[0]!;
    for (const span of ['000000000005-000000000009', '000000000000-000000000005.gz']) {
      writeFileSync(`${first.path}.${span}`, 'rotated');
    }
    const { active, former } = takeLogInventory(join(home, 'a'), logs);
    const archives = active.map((log) => log.archives.map(({ path }) => basename(path)));
    expect(archives).to.deep.equal([
      ['web.log.000000000000-000000000005.gz', 'web.log.000000000005-000000000009'],
      [],
      [],
    ]);
    expect(former).to.deep.equal([]);
  });

  it('does not look at the folder anew for each of thousands', () => {
    const folder = tempHome();
    const names = Array.from({ length: LOGS }, (_, i) => `app-${i}-out.log`);
    const logs = logsIn(folder, names);
    const before = process.cpuUsage();
    expect(takeLogInventory(folder, logs).active).to.have.length(LOGS);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).to.be.below(CPU_LIMIT_MS);
  });
});

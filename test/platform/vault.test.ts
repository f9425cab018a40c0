import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openVault, VaultError } from '../../src/platform/vault.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('the vault of a home', () => {
  afterEach(cleanUp);

  it('keeps a value under a name that is the same for the same value, also for the next daemon', async () => {
    const folder = join(tempHome(), 'secrets');
    await openVault(folder).keep(['hunter2']);
    const name = openVault(folder).refer('hunter2');
    expect(openVault(folder).refer('hunter2')).to.deep.equal(name);
    expect(openVault(folder).refer('hunter3')).to.not.deep.equal(name);
    expect(openVault(folder).reveal(name)).to.equal('hunter2');
  });

  it('names a value otherwise than another home does', () => {
    const names = [tempHome(), tempHome()].map((home) => openVault(join(home, 's')).refer('x'));
    expect(names[0]).to.not.deep.equal(names[1]);
  });

  it('is closed to other users', async () => {
    const folder = join(tempHome(), 'secrets');
    await openVault(folder).keep(['hunter2']);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    for (const file of readdirSync(folder))
      expect(statSync(join(folder, file)).mode & 0o777, file).to.equal(0o600);
    expect(readdirSync(folder)).to.have.length(2);
  });

  it('keeps many at once, and the same ones for two who ask at the same time', async () => {
    const folder = join(tempHome(), 'secrets');
    const vault = openVault(folder);
    const values = Array.from({ length: 300 }, (_, i) => `value ${i}`);
    await Promise.all([vault.keep(values), vault.keep([...values, ...values])]);
    for (const value of values) expect(vault.reveal(vault.refer(value))).to.equal(value);
    expect(readdirSync(folder)).to.have.length(values.length + 1);
  });

  it('leaves time for others while it keeps them', async () => {
    const vault = openVault(join(tempHome(), 'secrets'));
    let turns = 0;
    const clock = setInterval(() => {
      turns += 1;
    }, 0);
    await vault.keep(Array.from({ length: 200 }, (_, i) => `value ${i}`));
    clearInterval(clock);
    expect(turns).to.be.greaterThan(0);
  });

  it('tells its values to whoever has to keep them out of a text, and none where there is no vault', async () => {
    const folder = join(tempHome(), 'secrets');
    expect(openVault(folder).values()).to.deep.equal([]);
    await openVault(folder).keep(['hunter2', 'sesame']);
    expect([...openVault(folder).values()].sort()).to.deep.equal(['hunter2', 'sesame']);
  });

  it('says what is missing', async () => {
    const folder = join(tempHome(), 'secrets');
    const vault = openVault(folder);
    await vault.keep(['hunter2']);
    const name = vault.refer('hunter2');
    rmSync(join(folder, name.secret));
    expect(() => vault.reveal(name)).to.throw(VaultError, name.secret);
    expect(() => vault.reveal({ secret: '../opm.sock' })).to.throw(VaultError);
    expect(readFileSync(join(folder, 'key'), 'utf8')).to.have.length(64);
  });
});

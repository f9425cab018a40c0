import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openVault, VaultError } from '../../src/platform/vault.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('the vault of a home', () => {
  afterEach(cleanUp);

  it('keeps a value under a name that is the same for the same value, also for the next daemon', () => {
    const folder = join(tempHome(), 'secrets');
    const name = openVault(folder).keep('hunter2');
    expect(openVault(folder).refer('hunter2')).to.deep.equal(name);
    expect(openVault(folder).refer('hunter3')).to.not.deep.equal(name);
    expect(openVault(folder).reveal(name)).to.equal('hunter2');
  });

  it('names a value otherwise than another home does', () => {
    const names = [tempHome(), tempHome()].map((home) => openVault(join(home, 's')).keep('x'));
    expect(names[0]).to.not.deep.equal(names[1]);
  });

  it('is closed to other users', () => {
    const folder = join(tempHome(), 'secrets');
    openVault(folder).keep('hunter2');
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    for (const file of readdirSync(folder))
      expect(statSync(join(folder, file)).mode & 0o777, file).to.equal(0o600);
    expect(readdirSync(folder)).to.have.length(2);
  });

  it('says what is missing', () => {
    const folder = join(tempHome(), 'secrets');
    const vault = openVault(folder);
    const name = vault.keep('hunter2');
    rmSync(join(folder, name.secret));
    expect(() => vault.reveal(name)).to.throw(VaultError, name.secret);
    expect(() => vault.reveal({ secret: '../opm.sock' })).to.throw(VaultError);
    expect(readFileSync(join(folder, 'key'), 'utf8')).to.have.length(64);
  });
});

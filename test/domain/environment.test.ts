import { expect } from 'chai';
import {
  cleanBase,
  composeEnvironment,
  EMPTY_ENVIRONMENT,
  type Environment,
  inheritedBase,
  isSecret,
  MASK,
  shownValue,
} from '../../src/domain/environment.js';

const compose = (
  change: Partial<Environment>,
  instance = 0,
  files: readonly Record<string, string>[] = [],
) =>
  composeEnvironment({ ...EMPTY_ENVIRONMENT, ...change }, instance, {
    files,
    reveal: ({ secret }) => `revealed ${secret}`,
  });

describe('the environment of a program', () => {
  it('has the layers in their order: base, default_env, files, env', () => {
    const layers = {
      base: { A: 'base', B: 'base', C: 'base', D: 'base' },
      defaults: { B: 'default', C: 'default', D: 'default' },
      values: { D: 'env' },
    };
    const files = [{ C: 'first', D: 'first', E: 'first' }, { E: 'second' }];
    expect(compose(layers, 0, files)).to.include({
      A: 'base',
      B: 'default',
      C: 'first',
      D: 'env',
      E: 'second',
    });
  });

  it('tells an instance its number, under the name that was asked for', () => {
    expect(compose({}, 2)).to.deep.equal({ NODE_APP_INSTANCE: '2' });
    expect(compose({ instanceVar: 'WORKER' }, 2)).to.deep.equal({ WORKER: '2' });
  });

  it('counts a variable up with each instance', () => {
    const ports = [0, 1, 2].map(
      (n) => compose({ values: { PORT: '8000' }, incrementVar: 'PORT' }, n).PORT,
    );
    expect(ports).to.deep.equal(['8000', '8001', '8002']);
  });

  it('has the value behind a secret', () => {
    expect(compose({ values: { API_KEY: { secret: 'x' } } }).API_KEY).to.equal('revealed x');
  });

  it('begins with a few variables of whoever asks, or with all that are not filtered', () => {
    const shell = { PATH: '/bin', HOME: '/me', LC_ALL: 'C', SHOP: '1', OPM_SPAWN_KEY: 'k' };
    expect(cleanBase(shell)).to.have.all.keys('PATH', 'HOME', 'LC_ALL');
    expect(inheritedBase(shell, ['SH'])).to.have.all.keys('PATH', 'HOME', 'LC_ALL');
    expect(inheritedBase(shell, [])).to.include({ SHOP: '1' }).and.not.have.key('OPM_SPAWN_KEY');
  });

  const names: readonly (readonly [string, string, boolean])[] = [
    ['DB_PASSWORD', 'x', true],
    ['API_KEY', 'x', true],
    ['GITHUB_TOKEN', 'x', true],
    ['clientSecret', 'x', true],
    ['sshKey', 'x', true],
    ['AUTH', 'x', true],
    ['DATABASE_URL', 'postgres://me:pw@db/shop', true],
    ['DATABASE_URL', 'postgres://db/shop', false],
    ['AUTHOR', 'x', false],
    ['KEYBOARD', 'x', false],
    ['PORT', '80', false],
  ];
  for (const [name, value, secret] of names) {
    it(`${secret ? 'hides' : 'shows'} ${name}=${value}`, () => {
      expect(isSecret(name, value)).to.equal(secret);
      expect(shownValue(name, value)).to.equal(secret ? MASK : value);
    });
  }

  it('hides what was declared a secret', () => {
    expect(shownValue('CODE', 'x', ['CODE'])).to.equal(MASK);
  });
});

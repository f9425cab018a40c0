import { expect } from 'chai';
import { checkSetup, prepareSetup, userOf } from '../../src/effects/process-setup.js';
import { isNobodyPossible, runAsNobody } from '../support/programs.js';

const isRoot = process.getuid?.() === 0;

describe("a program's user and limits", () => {
  it('are nothing where a definition names none', () => {
    expect(prepareSetup()).to.deep.equal({ options: [], env: {} });
  });

  it('are options of the launcher, the mask in octal', () => {
    const { options } = prepareSetup({ umask: 0o27, nice: 5, maxOpenFiles: 64, maxCoreBytes: 0 });
    const expected = ['--umask', '27', '--nice', '5', '--nofile', '64', '--core', '0'];
    expect(options).to.deep.equal(expected);
  });

  it('name a user by name or number, with its groups, and its home in the environment', function () {
    if (!isRoot) this.skip();
    const { options, env } = prepareSetup({ uid: 'daemon' });
    expect(options).to.deep.equal(['--gid', '1', '--groups', '1', '--uid', '1']);
    expect(env).to.include({ USER: 'daemon', LOGNAME: 'daemon', HOME: '/usr/sbin' });
    expect(prepareSetup({ uid: '1' })).to.deep.equal({ options, env });
  });

  it('may name a group alone, and a user without a name with its group', () => {
    expect(prepareSetup({ gid: '4711' }).options).to.deep.equal([
      ...['--gid', '4711', '--groups', '4711'],
    ]);
    expect(prepareSetup({ uid: '4711', gid: '4712' }).options).to.deep.equal([
      ...['--gid', '4712', '--groups', '4712', '--uid', '4711'],
    ]);
  });

  it('are those of the commands that ask how it is, too', () => {
    expect(userOf({ uid: '4711', gid: '4712' })).to.deep.equal({ uid: 4711, gid: 4712 });
    expect(userOf({ gid: '4712' })).to.deep.equal({ gid: 4712 });
    expect(userOf({ nice: 3 })).to.deep.equal({});
  });

  it('ask for nothing when they are the daemon’s own', () => {
    const own = { uid: String(process.getuid?.()), gid: String(process.getgid?.()) };
    expect(prepareSetup(own)).to.deep.equal({ options: [], env: {} });
  });

  for (const [what, setup, message] of [
    ['a user that is not known', { uid: 'nobody-has-this-name' }, 'there is no user'],
    ['a group that is not known', { gid: 'nobody-has-this-name' }, 'there is no group'],
    ['a number without a name, and so without a group', { uid: '4711' }, 'no group'],
  ] as const) {
    it(`refuse ${what}`, () => {
      expect(() => checkSetup(setup, '/', null))
        .to.throw(message)
        .with.property('code', 'INVALID_APP');
    });
  }

  it('refuse more open files than the kernel gives anybody', () => {
    expect(() => checkSetup({ maxOpenFiles: 2 ** 40 }, '/', null))
      .to.throw('max_open_files')
      .with.property('code', 'NOT_PERMITTED');
  });

  it('refuse a user who may not enter the folder', function () {
    if (!isRoot) this.skip();
    expect(() => checkSetup({ uid: 'nobody' }, '/root', null))
      .to.throw('may not enter /root')
      .with.property('code', 'NOT_PERMITTED');
  });

  for (const [what, setup, key] of [
    ['another user', "{ uid: 'root' }", 'uid'],
    ['another group', "{ gid: '0' }", 'gid'],
    ['a better niceness', '{ nice: -1 }', 'nice'],
  ] as const) {
    it(`refuse ${what} where the daemon has no privilege`, function () {
      if (!isNobodyPossible()) this.skip();
      const code = `
        import { checkSetup } from './../src/effects/process-setup.js';
        try { checkSetup(${setup}, '/', null); } catch (error) {
          console.log(error.code, error.message.split(':')[0]);
        }`;
      expect(runAsNobody(code)).to.equal(`NOT_PERMITTED ${key}`);
    });
  }
});

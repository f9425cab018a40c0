import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { epoch, processId, spawnKey } from '../../src/domain/ids.js';
import {
  HomeError,
  homePaths,
  prepareHome,
  prepareRunDir,
  resolveHome,
  runFile,
  slotLock,
} from '../../src/platform/paths.js';
import {
  cleanUp,
  isNobodyPossible,
  isPossible,
  runAsNobody,
  sourceArgv,
  tempHome,
} from '../support/programs.js';

const NOBODY = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;

const refusalOf = (home: string): HomeError => {
  try {
    prepareHome(homePaths(home));
  } catch (error) {
    if (error instanceof HomeError) return error;
    throw error;
  }
  throw new Error(`${home} was accepted`);
};

/** What another user is told about a home. */
const refusalAsNobody = (home: string): string => {
  const code = `import { homePaths, prepareHome } from '../src/platform/paths.ts';
    try { prepareHome(homePaths(${JSON.stringify(home)})); console.log('accepted'); }
    catch (error) { console.log(error.code); }`;
  return runAsNobody(code);
};

describe('which home a command works on', () => {
  let folder: string;
  beforeEach(() => {
    folder = tempHome();
  });
  afterEach(cleanUp);

  it('is the flag, else OPM_HOME, else ~/.opm', () => {
    const env = { OPM_HOME: join(folder, 'a'), HOME: folder };
    expect(resolveHome(env, join(folder, 'b'))).to.equal(join(folder, 'b'));
    expect(resolveHome(env)).to.equal(join(folder, 'a'));
    expect(resolveHome({ ...env, OPM_HOME: '' })).to.equal(join(folder, '.opm'));
    expect(resolveHome({})).to.equal(join(homedir(), '.opm'));
  });

  it('is absolute', () => {
    expect(resolveHome({ OPM_HOME: 'x/../y' })).to.equal(join(process.cwd(), 'y'));
  });

  it('is the same through a symlink, before and after it is created', () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    const env = { OPM_HOME: join(folder, 'link', 'deep', 'home') };
    const before = resolveHome(env);
    expect(before).to.equal(join(folder, 'real', 'deep', 'home'));
    prepareHome(homePaths(before));
    expect(resolveHome(env)).to.equal(before);
  });
});

describe('preparing a home', () => {
  let folder: string;
  beforeEach(() => {
    folder = tempHome();
  });
  afterEach(cleanUp);

  it('makes it with its folders, closed to others, and again without a change', () => {
    const paths = homePaths(join(folder, 'deep', 'home'));
    prepareHome(paths);
    prepareHome(paths);
    for (const made of [paths.home, paths.logs, paths.run])
      expect(statSync(made).mode & 0o777).to.equal(0o700);
  });

  it('leaves the mode of a home that is there', () => {
    chmodSync(folder, 0o750);
    prepareHome(homePaths(folder));
    expect(statSync(folder).mode & 0o777).to.equal(0o750);
  });

  it('makes the folders of an epoch', () => {
    const paths = homePaths(folder);
    prepareRunDir(paths, epoch('e1'));
    const run = runFile(paths, epoch('e1'), spawnKey('7-1-a'));
    const lock = slotLock(paths, epoch('e1'), processId(7));
    expect([run, lock]).to.deep.equal([
      join(folder, 'run/e1/runs/7-1-a'),
      join(folder, 'run/e1/slots/7.lock'),
    ]);
    writeFileSync(run, '');
    writeFileSync(lock, '');
  });

  it('refuses a file, and a path through a file', () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    for (const home of ['file', 'file/home', 'dangling'])
      expect(refusalOf(join(folder, home)).code).to.equal('HOME_NOT_A_DIRECTORY');
  });

  it('says what to do about it', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(refusalOf(join(folder, 'file')).hint).to.match(/OPM_HOME/);
  });

  it('refuses a home where even root cannot write', () => {
    expect(refusalOf('/proc/opm-home').code).to.equal('HOME_NOT_WRITABLE');
  });

  it('refuses a read-only home', function () {
    const inNamespace = ['unshare', '--mount'] as const;
    if (!isRoot || !isPossible([...inNamespace, 'true'])) this.skip();
    const code = `import { homePaths, prepareHome } from '../src/platform/paths.ts';
      try { prepareHome(homePaths(${JSON.stringify(folder)})); } catch (error) { console.log(error.code); }`;
    const mount = `mount -t tmpfs -o ro none "$0" && exec "$@"`;
    const args = ['--mount', 'sh', '-c', mount, folder, ...sourceArgv(code)];
    expect(execFileSync('unshare', args, { encoding: 'utf8' }).trim()).to.equal(
      'HOME_NOT_WRITABLE',
    );
  });

  it('refuses the home of another user, even a writable one', function () {
    if (!isNobodyPossible()) this.skip();
    chmodSync(folder, 0o777);
    expect(refusalAsNobody(folder)).to.equal('HOME_WRONG_OWNER');
  });

  it('lets root use anybody’s home', function () {
    if (!isRoot) this.skip();
    chownSync(folder, NOBODY.uid, NOBODY.gid);
    prepareHome(homePaths(folder));
  });

  it('refuses a home of one’s own that is closed to writing', function () {
    if (!isNobodyPossible()) this.skip();
    chownSync(folder, NOBODY.uid, NOBODY.gid);
    chmodSync(folder, 0o500);
    expect(refusalAsNobody(folder)).to.equal('HOME_NOT_WRITABLE');
  });
});

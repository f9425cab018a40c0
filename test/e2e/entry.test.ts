import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cleanUp, isNobodyPossible, tempHome } from '../support/programs.js';

const at = (name: string): string => fileURLToPath(new URL(`../../bin/${name}`, import.meta.url));

describe('the entry points', () => {
  afterEach(cleanUp);

  for (const name of ['run.js', 'dev.js']) {
    it(`bin/${name} runs a command, from any folder`, () => {
      const env = { ...process.env, OPM_HOME: tempHome() };
      const call = (...args: string[]) =>
        execFileSync(process.execPath, [at(name), ...args], { cwd: '/', env, encoding: 'utf8' });
      expect(JSON.parse(call('list', '--json', '--home', env.OPM_HOME))).to.deep.equal([]);
      expect(call('--version')).to.match(/^opm\//);
    });
  }

  const spawn = (args: readonly string[], options: object) =>
    spawnSync(process.execPath, [at('run.js'), ...args], { encoding: 'utf8', ...options });

  it('understand the ways in which help is asked for', () => {
    const env = { ...process.env, OPM_HOME: tempHome() };
    const said = (...args: string[]): string => spawn(args, { env }).stdout;
    const help = said('daemon', 'status', '--help');
    expect(help).to.include('USAGE');
    expect(said('help', 'daemon', 'status')).to.equal(help);
    expect(said('daemon', 'status', '-h')).to.equal(help);
    expect(said('help')).to.equal(said('--help')).and.include('COMMANDS');
    expect(spawn(['help', 'lst'], { env }).stderr).to.include('did you mean "opm list"?');
  });

  it('say in a sentence that the output cannot be written', () => {
    const home = tempHome();
    const full = openSync('/dev/full', 'w');
    for (const words of [['list'], ['info', 'all']]) {
      const { status, stderr } = spawn([...words, '--home', home], {
        stdio: ['ignore', full, 'pipe'],
      });
      expect(status, words[0]).to.equal(1);
      expect(stderr).to.match(/^opm: the output cannot be written: .*\[ENOSPC\]\n$/);
    }
    closeSync(full);
  });

  it('end nothing, and make no home, where nothing runs', () => {
    const home = join(tempHome(), 'none');
    expect(spawn(['kill', '--home', home], {}).stdout).to.equal(`nothing runs in ${home}\n`);
    expect(existsSync(home)).to.equal(false);
  });

  it('serve a user who has no home and no name', function () {
    if (!isNobodyPossible()) this.skip();
    const { HOME: _, OPM_HOME: __, ...env } = process.env;
    const user = { env, uid: 54321, gid: 54321, cwd: '/' };
    expect(spawn(['list', '--json'], user).stdout).to.equal('[]\n');
    const { status, stderr } = spawn(['start', 'sleep'], user);
    expect(status).to.equal(1);
    expect(stderr).to.include('[HOME_NOT_WRITABLE]').and.include('/.opm');
  });
});

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cleanUp, tempHome } from '../support/programs.js';

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
});

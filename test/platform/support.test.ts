import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { platformProblem } from '../../src/platform/support.js';
import { isPossible, sourceArgv } from '../support/programs.js';

describe('platformProblem', () => {
  it('has nothing against Linux with its /proc', () => {
    expect(platformProblem()).to.equal(null);
  });

  it('names the system it cannot work on', () => {
    expect(platformProblem('darwin')).to.match(/^opm runs on Linux; this is darwin/);
    expect(platformProblem('win32')).to.match(/this is win32/);
  });

  it('asks for /proc where there is none', () => {
    expect(platformProblem('linux', '/nowhere')).to.match(/^opm needs \/nowhere mounted/);
  });

  it('does not trust the /proc of another pid namespace', function () {
    const inNewNamespace = ['unshare', '--pid', '--fork'] as const;
    if (!isPossible([...inNewNamespace, 'true'])) this.skip();
    const [, ...args] = [
      ...inNewNamespace,
      ...sourceArgv(`import { platformProblem } from '../src/platform/support.ts';
        console.log(platformProblem());`),
    ];
    expect(execFileSync('unshare', args, { encoding: 'utf8' })).to.match(/another pid namespace/);
  });
});

import { expect } from 'chai';
import { commandLine, currentActor } from '../../src/platform/actor.js';

describe('the command line of who asks', () => {
  const CASES = [
    [['start', 'server.js', '--name', 'web'], 'opm start server.js --name web'],
    [['start', 'npm run "x"'], `opm start 'npm run "x"'`],
    [['start', `it's`], `opm start 'it'\\''s'`],
    [['start', 'a\nb'], 'opm start "a\\nb"'],
    [['start', ''], `opm start ''`],
    [['start', 'é*'], `opm start 'é*'`],
    [[], 'opm'],
  ] as const;
  for (const [args, line] of CASES)
    it(`is ${line}`, () => {
      expect(commandLine(args)).to.equal(line);
    });

  const SECRETS = [
    [['--env', 'DB_PASSWORD=x1'], '--env DB_PASSWORD=***'],
    [['--env', 'DB_PASSWORD=a=b c'], '--env DB_PASSWORD=***'],
    [['--env=apiToken=x1'], '--env=apiToken=***'],
    [['--env', 'MY_CREDENTIALS=x1'], '--env MY_CREDENTIALS=***'],
    [['--env', 'SSH_KEY=line1\nline2'], '--env SSH_KEY=***'],
    [['-e', 'CLIENT_SECRET=x1'], '-e CLIENT_SECRET=***'],
    [['--', '--password=x1'], '-- --password=***'],
    [['--', '--api-key', 'x1', 'y'], '-- --api-key *** y'],
    [['--', 'PASS=x1', './run'], '-- PASS=*** ./run'],
    [['--env', 'CODE=x1', '--secrets', 'CODE'], '--env CODE=*** --secrets CODE'],
    [['--secrets=CODE', '--env=CODE=x1'], '--secrets=CODE --env=CODE=***'],
    [['adjust', 'web', 'env.AUTH=x1'], 'adjust web env.AUTH=***'],
    [['adjust', 'web', 'env.CODE=x1', 'args=y'], 'adjust web env.CODE=*** args=y'],
    [['adjust', 'web', 'env={"PASSWORD":"x1"}'], 'adjust web env=***'],
    [['adjust', 'web', 'defaultEnv.CODE=x1'], 'adjust web defaultEnv.CODE=***'],
    [['--env', 'DB=pg://me:x1@db/shop'], '--env DB=pg://me:***@db/shop'],
    [['start', 'x', '--', '--key', 'x1'], 'start x -- --key ***'],
    [['start', 'x', '--', '-password', 'x1'], 'start x -- -password ***'],
    [['start', 'x --token x1 && y', '--name', 'a'], 'start x --token *** && y --name a'],
    [['start', 'log sesame-1', '--env', 'PASS=sesame-1'], 'start log *** --env PASS=***'],
  ] as const;
  for (const [args, line] of SECRETS)
    it(`hides the secret in ${line}`, () => {
      expect(commandLine(args).replaceAll("'", '')).to.equal(`opm ${line}`);
    });

  const PUBLIC = [
    ['--env', 'PORT=80'],
    ['restore', '--key', 'nightly'],
    ['restore', '--key=nightly'],
    ['--env=URL=http://x?key=1'],
    ['--token', '--verbose'],
    ['export', '--secrets', 'all.json'],
    ['--env', 'AUTHOR=me'],
  ] as const;
  for (const args of PUBLIC)
    it(`shows ${args.join(' ')}`, () => {
      expect(commandLine(args).replaceAll("'", '')).to.equal(`opm ${args.join(' ')}`);
    });

  it('has at most 500 bytes, cut between characters', () => {
    for (const letter of ['a', 'é', '€', '😀']) {
      const line = commandLine(['start', ...Array<string>(10_000).fill(letter.repeat(7))]);
      expect(Buffer.byteLength(line)).to.be.within(490, 500);
      expect(line).to.match(/…$/);
      expect(line).not.to.include('\uFFFD');
    }
    const exact = commandLine(['a'.repeat(496)]);
    expect(Buffer.byteLength(exact)).to.equal(500);
    expect(exact).not.to.match(/…$/);
  });

  it('goes with the user', () => {
    expect(currentActor(['list'])).to.deep.equal({ uid: process.getuid!(), command: 'opm list' });
  });
});

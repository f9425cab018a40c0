import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../src/config/config-error.js';
import { readAppFile } from '../../src/config/read-file.js';

describe('a file of apps', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'opm-app-file-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const READING = { envName: null, lenient: false };

  const read = async (content: unknown) => {
    const file = join(folder, 'apps.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return (await readAppFile(file, READING)).apps;
  };

  const refusal = async (content: unknown): Promise<ConfigError> => {
    try {
      await read(content);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
    throw new Error('the file was accepted');
  };

  it('is read with every key that it may have, in both spellings', async () => {
    const web = {
      name: 'web',
      script: 'server.js',
      args: '--port  80',
      cwd: 'site',
      env: { PORT: 80 },
      interpreterArgs: ['--inspect'],
      instances: 2,
      autorestart: false,
      max_restarts: 3,
      minUptime: '2s',
      restart_delay: 50,
      exp_backoff_restart_delay: '100ms',
      kill_timeout: '1.5s',
      kill_signal: 'SIGINT',
      treekill: true,
    };
    expect(await read({ apps: [web] })).to.deep.equal([
      {
        name: 'web',
        script: 'server.js',
        args: ['--port', '80'],
        cwd: 'site',
        env: { PORT: '80' },
        interpreter_args: ['--inspect'],
        instances: 2,
        autorestart: false,
        max_restarts: 3,
        min_uptime: 2000,
        restart_delay: 50,
        exp_backoff_restart_delay: 100,
        kill_timeout: 1500,
        kill_signal: 'SIGINT',
        treekill: true,
      },
    ]);
  });

  const app = (change: object) => ({ apps: [{ script: 'a' }, { script: 'b', ...change }] });
  const variables = (count: number, value: string): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`V${index}`, value]));
  const largest = 'x'.repeat(60_000);
  const refused: readonly (readonly [string, unknown, string, string])[] = [
    ['no JSON', '{', 'line 1', 'end of input'],
    ['no list', { apps: 1 }, '$.apps', 'at least one app'],
    ['nothing', '', 'line 1', 'end of input'],
    ['too many apps', Array(5001).fill({ script: 'a' }), '$.apps', 'at most 5000'],
    ['an empty list', { apps: [] }, '$.apps', 'at least one app'],
    ['an app that is a text', { apps: ['a'] }, '$.apps[0]', 'an object'],
    ['no script', { apps: [{ name: 'a' }] }, '$.apps[0].script', 'a text'],
    ['an unknown key', app({ zzzz: 1 }), '$.apps[1].zzzz', 'unknown key'],
    ['a misspelt key', app({ intances: 1 }), '$.apps[1].intances', 'did you mean "instances"'],
    ['a text for a number', app({ instances: '2' }), '$.apps[1].instances', 'a number from 1'],
    ['a fraction', app({ max_restarts: 1.5 }), '$.apps[1].max_restarts', 'a whole number'],
    ['a negative number', app({ maxRestarts: -1 }), '$.apps[1].maxRestarts', 'a whole number'],
    ['a text for a flag', app({ autorestart: 'no' }), '$.apps[1].autorestart', 'true, false'],
    ['a bad duration', app({ kill_timeout: 'soon' }), '$.apps[1].kill_timeout', 'milliseconds'],
    ['a list for an environment', app({ env: ['A=1'] }), '$.apps[1].env', 'an object of texts'],
    ['null for a text', app({ cwd: null }), '$.apps[1].cwd', 'a text'],
    ['a long name', app({ name: 'x'.repeat(129) }), '$.apps[1].name', 'at most 128'],
    ['many arguments', app({ args: Array(4097).fill('x') }), '$.apps[1].args', 'at most 4096'],
    ['many variables', app({ env: variables(4097, 'x') }), '$.apps[1].env', 'at most 4096'],
    [
      'large variables',
      app({ env: variables(9, largest) }),
      '$.apps[1].env',
      'at most 524288 bytes',
    ],
  ];
  for (const [what, content, where, expected] of refused) {
    it(`with ${what} is refused with its name, the place inside it, and what was expected`, async () => {
      const error = await refusal(content);
      expect(error).to.include({ code: 'BAD_FILE', hint: 'nothing was started or changed' });
      expect(error.message).to.include(`apps.json: ${where}: `).and.to.include(expected);
    });
  }

  const unread = async (file: string): Promise<ConfigError> => {
    const error = await readAppFile(file, READING).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(ConfigError);
    return error as ConfigError;
  };

  for (const ending of ['json', 'yaml', 'config.ts', 'config.mjs', 'nothing']) {
    it(`that is not there (.${ending}) is refused with where it was looked for`, async () => {
      const file = join(folder, `none.${ending}`);
      const { message, hint } = await unread(file);
      expect(message).to.equal(`${file}: there is no such file in ${folder}`);
      expect(hint).to.equal('check the path');
    });
  }

  it('that is not there is refused with the name that was probably meant', async () => {
    writeFileSync(join(folder, 'opm.config.json'), '{}');
    expect((await unread(join(folder, 'opm.confg.json'))).hint).to.include('"opm.config.json"');
    const below = join(folder, 'opm.config.json', 'x.json');
    expect((await unread(below)).message).to.include('there is no such file');
  });

  it('that is a folder is refused as one', async () => {
    mkdirSync(join(folder, 'apps.yaml'));
    const { message } = await unread(join(folder, 'apps.yaml'));
    expect(message).to.include('apps.yaml: it is a folder');
  });
});

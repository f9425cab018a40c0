import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readAppFile } from '../../src/cli/app-file.js';
import { ClientError } from '../../src/client/client-error.js';

describe('a file of apps', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'opm-app-file-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const read = (content: unknown) => {
    const file = join(folder, 'apps.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return readAppFile(file);
  };

  const refusal = (content: unknown): ClientError => {
    try {
      read(content);
    } catch (error) {
      if (error instanceof ClientError) return error;
      throw error;
    }
    throw new Error('the file was accepted');
  };

  it('is read with every key that it may have, in both spellings', () => {
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
    expect(read({ apps: [web] })).to.deep.equal([
      {
        name: 'web',
        script: 'server.js',
        args: ['--port', '80'],
        cwd: join(folder, 'site'),
        env: { PORT: '80' },
        interpreterArgs: ['--inspect'],
        instances: 2,
        autorestart: false,
        maxRestarts: 3,
        minUptimeMs: 2000,
        restartDelayMs: 50,
        backoffInitialMs: 100,
        killTimeoutMs: 1500,
        killSignal: 'SIGINT',
        treekill: true,
      },
    ]);
  });

  it('stands for its own folder where no other is named', () => {
    expect(read({ apps: [{ script: 'a' }] })).to.deep.equal([{ script: 'a', cwd: folder }]);
  });

  const app = (change: object) => ({ apps: [{ script: 'a' }, { script: 'b', ...change }] });
  const refused: readonly (readonly [string, unknown, string, string])[] = [
    ['no JSON', '{', '$', 'JSON'],
    ['no list', { apps: {} }, '$.apps', 'at least one app'],
    ['an empty list', { apps: [] }, '$.apps', 'at least one app'],
    ['an app that is a text', { apps: ['a'] }, '$.apps[0]', 'an object'],
    ['no script', { apps: [{ name: 'a' }] }, '$.apps[0].script', 'a text'],
    ['an unknown key', app({ zzzz: 1 }), '$.apps[1].zzzz', 'unknown key'],
    ['a misspelt key', app({ intances: 1 }), '$.apps[1].intances', 'did you mean "instances"'],
    ['a text for a number', app({ instances: '2' }), '$.apps[1].instances', 'a whole number'],
    ['a fraction', app({ max_restarts: 1.5 }), '$.apps[1].max_restarts', 'a whole number'],
    ['a negative number', app({ instances: -1 }), '$.apps[1].instances', 'a whole number'],
    ['a text for a flag', app({ autorestart: 'no' }), '$.apps[1].autorestart', 'true or false'],
    ['a bad duration', app({ kill_timeout: 'soon' }), '$.apps[1].kill_timeout', 'milliseconds'],
    ['a list for an environment', app({ env: ['A=1'] }), '$.apps[1].env', 'an object of texts'],
    ['null for a text', app({ cwd: null }), '$.apps[1].cwd', 'a text'],
  ];
  for (const [what, content, where, expected] of refused) {
    it(`with ${what} is refused with its name, the place inside it, and what was expected`, () => {
      const error = refusal(content);
      expect(error).to.include({ code: 'BAD_FILE', hint: 'nothing was started' });
      expect(error.message).to.include(`apps.json: ${where}: `).and.to.include(expected);
    });
  }

  it('that is not there is refused with its name', () => {
    const file = join(folder, 'none.json');
    expect(() => readAppFile(file)).to.throw(ClientError, `${file}: $: ENOENT`);
  });
});

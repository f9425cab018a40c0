import { expect } from 'chai';
import { EMPTY_ENVIRONMENT } from '../../src/domain/environment.js';
import { maskedApp, masker } from '../../src/domain/masking.js';
import { app } from '../support/given.js';

describe('secrets in a text', () => {
  const mask = masker([]);
  const cases: readonly (readonly [string, string])[] = [
    ['opm start x --env API_TOKEN=abc', 'opm start x --env API_TOKEN=***'],
    ['DB_PASSWORD="a b" PORT=80', 'DB_PASSWORD="***" PORT=80'],
    ['server --password hunter2 --port 80', 'server --password *** --port 80'],
    ['server --client-secret=hunter2', 'server --client-secret=***'],
    ["server --token 'a b c' end", "server --token '***' end"],
    ['postgres://me:pw@host/db', 'postgres://me:***@host/db'],
    ['curl -H "Authorization: Bearer abc.def-123"', 'curl -H "Authorization: Bearer ***"'],
    ['{"apiKey": "abc", "port": "80"}', '{"apiKey": "***", "port": "80"}'],
    ['as DB_PASSWORD=***, at noon', 'as DB_PASSWORD=***, at noon'],
    ['uid 0: opm restore --key boot', 'uid 0: opm restore --key boot'],
    ['uid 0: opm start x --secrets CODE', 'uid 0: opm start x --secrets CODE'],
    ['uid 0: opm start x -- --key boot', 'uid 0: opm start x -- --key ***'],
    ['--auth-token --verbose', '--auth-token --verbose'],
    ['http://127.0.0.1:80/x@y', 'http://127.0.0.1:80/x@y'],
    [
      'run 0-1-abc requested: a start was asked for',
      'run 0-1-abc requested: a start was asked for',
    ],
  ];
  for (const [text, masked] of cases) {
    it(`${text} becomes ${masked}`, () => {
      expect(mask(text)).to.equal(masked);
    });
  }

  const secretive = app('web', {
    env: {
      ...EMPTY_ENVIRONMENT,
      values: { DB_PASSWORD: 'sesame-open', PORT: '8080', ODD: 'deep water', PIN_SECRET: '12' },
      secrets: ['ODD'],
    },
  });

  it('values of secret variables are masked wherever they stand, those of others are not', () => {
    const masked = masker([secretive])(
      'logged in with sesame-open at 8080 in deep water, 12 times',
    );
    expect(masked).to.equal('logged in with *** at 8080 in ***, 12 times');
  });

  it('values that are known otherwise are masked as well', () => {
    expect(masker([], ['open barley', 'x'])('open barley, xyz')).to.equal('***, xyz');
  });

  it('a command and a probe are shown without them', () => {
    const probe = { kind: 'http' as const, url: 'http://me:pw@db/up', status: [] };
    const { command, policies } = maskedApp(
      app('web', {
        command: {
          script: 'server --token abc',
          args: ['--password', 'plain-word', '--key=k', 'pg://u:pw@db', 'plain-word', 'x'],
          interpreter: null,
          interpreterArgs: [],
          shell: true,
        },
        policies: { readiness: { probe, timeoutMs: 1, intervalMs: 1 } },
      }),
    );
    expect(command.script).to.equal('server --token ***');
    expect(command.args).to.deep.equal([
      '--password',
      '***',
      '--key=***',
      'pg://u:***@db',
      '***',
      'x',
    ]);
    expect(policies.readiness?.probe).to.include({ url: 'http://me:***@db/up' });
  });

  it('a definition is shown without them', () => {
    expect(maskedApp(secretive).env.values).to.deep.equal({
      DB_PASSWORD: '***',
      PORT: '8080',
      ODD: '***',
      PIN_SECRET: '***',
    });
  });
});

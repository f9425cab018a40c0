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

  it('a definition is shown without them', () => {
    expect(maskedApp(secretive).env.values).to.deep.equal({
      DB_PASSWORD: '***',
      PORT: '8080',
      ODD: '***',
      PIN_SECRET: '***',
    });
  });
});

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { EMPTY_ENVIRONMENT, type EnvValues } from '../../src/domain/environment.js';
import { processId } from '../../src/domain/ids.js';
import { lastWords } from '../../src/effects/error-output.js';
import { LogStream } from '../../src/platform/log-stream.js';
import type { Os } from '../../src/platform/os.js';
import { app } from '../support/given.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('the last words of a program', () => {
  afterEach(cleanUp);

  const wordsOf = (text: string, values: EnvValues = {}): readonly string[] => {
    const log = join(tempHome(), 'error.log');
    appendFileSync(log, text);
    const environment = {
      readFile: () => ({}),
      reveal: () => {
        throw new Error('gone');
      },
    };
    const os = { openLog: (path: string) => new LogStream(path), environment } as unknown as Os;
    const web = app('web', { env: { ...EMPTY_ENVIRONMENT, values } });
    return lastWords(os, web, { process: processId(0), instance: 0 }, log);
  };

  it('are the last ten lines, the unfinished one too', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`);
    expect(wordsOf(lines.join('\n'))).to.deep.equal(lines.slice(-10));
    expect(wordsOf('')).to.deep.equal([]);
  });

  it('are bounded, however long a line is', () => {
    const words = wordsOf(`${'x'.repeat(100_000)}\n${'y'.repeat(1000)}\n`);
    expect(words.map(({ length }) => length)).to.deep.equal([400]);
  });

  it('hold no secret of its environment', () => {
    const words = wordsOf('cannot log in with hunter22 to db\n', { DB_PASSWORD: 'hunter22' });
    expect(words).to.deep.equal(['cannot log in with *** to db']);
  });

  it('are not told when its secrets cannot be read', () => {
    const secret = { secret: 'default/web/KEY' };
    expect(wordsOf('hunter22\n', { API_KEY: secret })).to.deep.equal([]);
  });
});

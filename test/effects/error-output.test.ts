import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { EMPTY_ENVIRONMENT, type EnvValues } from '../../src/domain/environment.js';
import { processId, spawnKey } from '../../src/domain/ids.js';
import { lastWords } from '../../src/effects/error-output.js';
import { LogStream } from '../../src/platform/log-stream.js';
import type { Os } from '../../src/platform/os.js';
import { parseRunFile } from '../../src/platform/run-file.js';
import { app } from '../support/given.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('the last words of a program', () => {
  afterEach(cleanUp);

  const wordsOf = (
    text: string,
    values: EnvValues = {},
    run = 'output from 0 0\n',
  ): readonly string[] => {
    const log = join(tempHome(), 'error.log');
    appendFileSync(log, text);
    const environment = {
      readFile: () => ({}),
      reveal: () => {
        throw new Error('gone');
      },
    };
    const os: Partial<Os> = {
      openLog: (path) => new LogStream(path),
      readRun: () => parseRunFile(run),
      environment,
    };
    const web = app('web', { env: { ...EMPTY_ENVIRONMENT, values } });
    const failed = { process: processId(0), instance: 0, spawnKey: spawnKey('0-1-n') };
    return lastWords(os as Os, web, failed, log);
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

  it('are those of its run alone, and none when nobody wrote down which those are', () => {
    const text = 'of an earlier run\nof this one\nof a later one\n';
    const run = `output from 0 ${text.indexOf('of this')}\noutput to 0 ${text.indexOf('of a later')}\n`;
    expect(wordsOf(text, {}, run)).to.deep.equal(['of this one']);
    expect(wordsOf(text, {}, 'claim 1 2 3\n')).to.deep.equal([]);
  });

  it('hold nothing that stands after a name that sounds secret', () => {
    const words = wordsOf('no access to db://me:hunter22@host with --password hunter33\n');
    expect(words).to.deep.equal(['no access to db://me:***@host with --password ***']);
  });

  it('hold no line of a secret of several lines', () => {
    const words = wordsOf('key is\nfirst\nsecond\n', { API_KEY: 'first\nsecond' });
    expect(words).to.deep.equal(['key is', '***']);
  });

  it('are not told when its secrets cannot be read', () => {
    const secret = { secret: 'default/web/KEY' };
    expect(wordsOf('hunter22\n', { API_KEY: secret })).to.deep.equal([]);
  });
});

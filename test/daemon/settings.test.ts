import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readSettings } from '../../src/daemon/settings.js';
import { DEFAULT_LOG_SETTINGS } from '../../src/domain/log-upkeep.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('the settings of a home', () => {
  let file: string;

  beforeEach(() => {
    file = join(tempHome(), 'settings.json');
  });

  afterEach(cleanUp);

  const read = (settings: unknown) => {
    writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
    return readSettings(file);
  };

  it('are the defaults where there is no file, and where it says nothing', () => {
    expect(readSettings(file).logs).to.deep.equal(DEFAULT_LOG_SETTINGS);
    expect(read({}).logs).to.deep.equal(DEFAULT_LOG_SETTINGS);
  });

  it('take sizes and times with their units', () => {
    const logs = { max_size: '1.5M', total_size: '2G', max_age: '7d', rotate_after: 3000, keep: 3 };
    expect(read({ logs }).logs).to.deep.equal({
      ...DEFAULT_LOG_SETTINGS,
      maxSizeBytes: 1.5 * 1024 * 1024,
      totalSizeBytes: 2 * 1024 ** 3,
      maxAgeMs: 7 * 86_400_000,
      rotateAfterMs: 3000,
      keep: 3,
    });
    expect(read({ logs: { max_age: null, compress: false } }).logs).to.include({
      maxAgeMs: null,
      compress: false,
    });
  });

  const bad: readonly (readonly [unknown, string])[] = [
    ['{', 'JSON'],
    [[], '$: expected an object'],
    [{ log: {} }, '$.log: unknown key'],
    [{ logs: 3 }, '$.logs: expected an object'],
    [{ logs: { max_sise: '1M' } }, '$.logs.max_sise: unknown key; did you mean "max_size"?'],
    [{ logs: { max_size: '1T' } }, '$.logs.max_size: expected bytes'],
    [{ logs: { max_size: 100 } }, '4K at least'],
    [{ logs: { keep: -1 } }, '$.logs.keep: expected a whole number'],
    [{ logs: { keep: 1.5 } }, '$.logs.keep: expected a whole number'],
    [{ logs: { compress: 'yes' } }, '$.logs.compress: expected true or false'],
    [{ logs: { constructor: 1 } }, '$.logs.constructor: unknown key'],
  ];
  for (const [settings, message] of bad) {
    it(`are refused: ${JSON.stringify(settings)}`, () => {
      expect(() => read(settings))
        .to.throw(message)
        .with.property('code', 'BAD_SETTINGS');
    });
  }
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Sample } from '../../bench/model.js';
import { readOptions, UsageError } from '../../bench/options.js';
import { type Measured, writePage } from '../../bench/report/page.js';
import type { Row } from '../../bench/row.js';
import { rows } from '../../bench/rows/rows.js';

const row = (part: Partial<Row>): Row => ({
  name: 'work',
  title: 'Some work',
  method: 'By hand.',
  goals: [],
  minutes: 1,
  run: async () => {},
  ...part,
});

const sample = (subject: Sample['subject'], value: number, part: Partial<Sample> = {}): Sample => ({
  row: 'work',
  series: 'warm',
  subject,
  unit: 'ms',
  value,
  size: null,
  ...part,
});

describe('the page of benchmarks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'opm-page-'));
  after(() => rmSync(folder, { recursive: true }));

  const written = (part: Partial<Measured>): string => {
    const nothing = { rows: [row({})], samples: [], failures: [], managers: [], missing: [] };
    const path = writePage(folder, { ...nothing, quick: false, command: 'npm run bench', ...part });
    return readFileSync(path, 'utf8');
  };

  it('shows a goal beside what was reached, and a loss as a loss', () => {
    const goals = [{ series: 'warm', timesFloor: 2, boundedBy: 'the scheduler' }];
    const samples = [sample('floor', 10), sample('opm', 25), sample('PM2', 30)];
    const page = written({
      rows: [row({ goals })],
      samples: [...samples, sample('supervisor', 20)],
    });
    expect(page).to.include('0 of 1 goals are reached');
    expect(page).to.include(
      '| [Some work](#some-work): warm, ms | 10 | 25 (2.5×) | 30 (3×) | 20 (2×) | 2× floor: **missed** | supervisor |',
    );
    expect(page).to.include('- warm: the scheduler');
    const chart = readFileSync(join(folder, 'benchmarks/work.svg'), 'utf8');
    expect(chart).to.include('>supervisor<').and.to.include('>25<');
  });

  it('names who did not take part, and a row that failed', () => {
    const page = written({
      missing: [{ name: 'runit', reason: 'not installed' }],
      failures: [{ row: 'work', reason: 'it hangs' }],
    });
    expect(page).to.include('- runit did not take part: not installed');
    expect(page).to.include('**This row failed: it hangs**');
  });

  it('tells what grows faster than the number of programs, and why', () => {
    const grows = { with: 'programs' as const, because: { stop: 'each looks at all' } };
    const samples = [10, 100, 1000].flatMap((size) => [
      sample('opm', 3 * size, { series: 'start', size }),
      sample('opm', size ** 2, { series: 'stop', size }),
    ]);
    const page = written({ rows: [row({ grows })], samples });
    expect(page).to.include('| start, ms | 30 | 300 | 3,000 | 1.00 | 1.00 | linear or better |');
    expect(page).to.match(/\| stop, ms .* 2\.00 \| \*\*faster than linear\*\*: each looks at all/);
  });
});

describe('the command line of the benchmark', () => {
  const read = (...args: readonly string[]) => readOptions(args, '/here');

  it('runs every row unless some are named', () => {
    expect(read().rows).to.deep.equal(rows);
    expect(read('--only', 'stop', '--only', 'list').rows.map(({ name }) => name)).to.deep.equal([
      'list',
      'stop',
    ]);
  });

  it('finds files from where it was typed', () => {
    expect(read('--json', 'a.json', '--out', '/b')).to.include({ json: '/here/a.json', out: '/b' });
  });

  it('says what it does not know, and what there is', () => {
    expect(() => read('--frob')).to.throw(UsageError, '--frob');
    expect(() => read('list')).to.throw(UsageError, 'list');
    expect(() => read('--only', 'nix')).to.throw(UsageError, /no row nix; there are list, /);
  });

  it('holds the rows of the budget against it', () => {
    expect(read('--check')).to.include({ check: true, quick: true });
    expect(read('--check').rows.map(({ name }) => name)).to.deep.equal(['footprint']);
  });
});

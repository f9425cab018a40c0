import { expect } from 'chai';
import {
  DEFAULT_LOG_SETTINGS,
  type LogInventory,
  type LogSettings,
  planLogUpkeep,
  type RestingLog,
} from '../../src/domain/log-upkeep.js';

const NOW = 1_000_000;
const rested = (path: string, ageMs: number, sizeBytes = 10): RestingLog => ({
  path,
  sizeBytes,
  writtenAt: NOW - ageMs,
  compressible: false,
});
const home = (
  archives: readonly RestingLog[],
  former: readonly RestingLog[] = [],
): LogInventory => ({
  active: [{ path: 'a', rotates: true, sizeBytes: 100, begunAt: NOW - 500, archives }],
  former,
});
const ALL_OFF: LogSettings = {
  maxSizeBytes: 1000,
  rotateAfterMs: null,
  keep: 100,
  maxAgeMs: null,
  compress: false,
  totalSizeBytes: null,
};
const plan = (inventory: LogInventory, settings: Partial<LogSettings>): string[] =>
  planLogUpkeep(inventory, { ...ALL_OFF, ...settings }, NOW).map((upkeep) =>
    [upkeep.do, upkeep.path, 'because' in upkeep ? upkeep.because : null].filter(Boolean).join(' '),
  );

describe('the upkeep of logs', () => {
  it('is nothing while no limit is reached', () => {
    expect(plan(home([rested('a.0', 600)]), DEFAULT_LOG_SETTINGS)).to.deep.equal([]);
  });

  it('rotates what is large enough, or old enough', () => {
    expect(plan(home([]), { maxSizeBytes: 100 })).to.deep.equal(['rotate a']);
    expect(plan(home([]), { maxSizeBytes: 101 })).to.deep.equal([]);
    expect(plan(home([]), { rotateAfterMs: 500 })).to.deep.equal(['rotate a']);
    expect(plan(home([]), { rotateAfterMs: 501 })).to.deep.equal([]);
  });

  it('does not rotate what rotates itself, and tidies up behind it', () => {
    const [log] = home([rested('a.0', 30)]).active;
    const inventory = { active: [{ ...log!, rotates: false }], former: [] };
    expect(plan(inventory, { maxSizeBytes: 1, keep: 0 })).to.deep.equal(['delete a.0 count']);
  });

  it('deletes the oldest beyond the count of each log', () => {
    const archives = [rested('a.0', 30), rested('a.1', 20), rested('a.2', 10)];
    expect(plan(home(archives), { keep: 2 })).to.deep.equal(['delete a.0 count']);
    expect(plan(home(archives), { keep: 0 })).to.have.length(3);
  });

  it('deletes what is too old, of apps that are gone too', () => {
    const found = plan(home([rested('a.0', 50)], [rested('b', 60)]), { maxAgeMs: 50 });
    expect(found).to.deep.equal(['delete a.0 age', 'delete b age']);
  });

  it('deletes the oldest of all until the total fits, and never what is written to', () => {
    const inventory = home([rested('a.0', 20), rested('a.1', 10)], [rested('b', 30)]);
    expect(plan(inventory, { totalSizeBytes: 130 })).to.deep.equal([]);
    expect(plan(inventory, { totalSizeBytes: 115 })).to.deep.equal([
      'delete b total size',
      'delete a.0 total size',
    ]);
    expect(plan(inventory, { totalSizeBytes: 0 })).to.have.length(3);
  });

  it('compresses what stays, before it is deleted for the total', () => {
    const archives = ['a.0', 'a.1'].map((path, i) => ({
      ...rested(path, 9 - i),
      compressible: true,
    }));
    expect(plan(home(archives), { compress: true, totalSizeBytes: 0 }).slice(0, 2)).to.deep.equal([
      'compress a.0',
      'compress a.1',
    ]);
    expect(plan(home(archives), { compress: true, keep: 1 })).to.deep.equal([
      'delete a.0 count',
      'compress a.1',
    ]);
  });
});

import { expect } from 'chai';
import { changesBetween, needsRun } from '../../src/domain/definition.js';
import type { Probe } from '../../src/domain/policy.js';
import { app } from '../support/given.js';

describe('a change of health', () => {
  const watched = (probe: Probe) =>
    app('web', { policies: { liveness: { probe, intervalMs: 10, timeoutMs: 10, failures: 3 } } });
  const asked = watched({ kind: 'tcp', host: '127.0.0.1', port: 80 });

  it('counts at once where the program is asked', () => {
    const other = watched({ kind: 'command', command: 'true' });
    expect(changesBetween(asked, other).map(needsRun)).to.deep.equal([false]);
  });

  it('needs a new run where the program tells by itself', () => {
    const told = watched({ kind: 'notify' });
    expect(changesBetween(asked, told).map(needsRun)).to.deep.equal([true]);
    expect(changesBetween(told, asked).map(needsRun)).to.deep.equal([true]);
  });
});

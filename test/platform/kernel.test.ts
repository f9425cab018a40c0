import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import {
  clockTicksPerSecond,
  pageBytes,
  startedAtMs,
  ticksToMs,
  uptimeMs,
} from '../../src/platform/kernel.js';
import { readStat } from '../../src/platform/proc.js';
import { cleanUp, start } from '../support/programs.js';

const getconf = (name: string): number => Number(execFileSync('getconf', [name]));

describe('constants of the kernel', () => {
  afterEach(cleanUp);

  it('are those that getconf tells', () => {
    expect(clockTicksPerSecond()).to.equal(getconf('CLK_TCK'));
    expect(pageBytes()).to.equal(getconf('PAGESIZE'));
  });

  it('put start ticks on the clock of the uptime', () => {
    const before = uptimeMs();
    const { os } = start(['sleep', '1000']);
    // Both are cut to a hundredth of a second.
    expect(ticksToMs(os.startTicks)).to.be.within(before - 20, uptimeMs() + 20);
  });

  it('put start ticks on the wall clock', () => {
    const before = Date.now();
    const { os } = start(['sleep', '1000']);
    expect(startedAtMs(readStat(os.pid)!.startTicks)).to.be.within(before - 30, Date.now() + 30);
  });
});

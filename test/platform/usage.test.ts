import { expect } from 'chai';
import type { OsProcess } from '../../src/domain/os-process.js';
import { childrenMap, descendants, readStat, scan } from '../../src/platform/proc.js';
import {
  countedTrees,
  cpuPercent,
  type Usage,
  type UsageOf,
  usagesOf,
} from '../../src/platform/usage.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, start } from '../support/programs.js';

const usageOf = <Key>(runs: ReadonlyMap<Key, UsageOf>): ReadonlyMap<Key, Usage> =>
  usagesOf(countedTrees(runs, scan()));
const usageNow = (run: UsageOf): Usage => usageOf(new Map([['run', run]])).get('run')!;
const alone = (program: UsageOf['program']): UsageOf => ({ program, launcher: null });
const childrenOf = (pid: number) => descendants(childrenMap(scan()), [pid]);

const residentBytes = (...processes: readonly OsProcess[]): number =>
  processes.reduce((sum, { pid }) => sum + readStat(pid)!.rssBytes, 0);

/** A sample a while after another one. */
const sampleAfter = (run: UsageOf, earlier: Usage, ms: number): Promise<Usage> =>
  eventually(`${ms} ms have passed`, () => {
    const usage = usageNow(run);
    return usage.sampledUptimeMs - earlier.sampledUptimeMs >= ms ? usage : null;
  });

describe('what a run uses', () => {
  afterEach(cleanUp);

  it('is the memory of all that it started', async () => {
    const { os } = start(['sh', '-c', 'sleep 1000 & sleep 1000 & wait']);
    const below = await eventually('both children run', () => {
      const found = childrenOf(os.pid).filter(({ comm }) => comm === 'sleep');
      return found.length === 2 ? found : null;
    });
    // It still grows while the programs load.
    await eventually(
      'the sums agree',
      () => usageNow(alone(os)).memoryBytes === residentBytes(os, ...below),
    );
  });

  it('is the processor time of a child that is busy', async () => {
    const { os } = start(['sh', '-c', '(while :; do :; done) & wait']);
    await eventually('it runs', () => childrenOf(os.pid).length === 1);
    const first = usageNow(alone(os));
    const second = await sampleAfter(alone(os), first, 500);
    expect(cpuPercent(second, first)).to.be.within(5, 120);
  });

  it('is that of short-lived children too, once they are waited for', async () => {
    const { os } = start(['sh', '-c', 'while :; do sh -c ":"; done']);
    const first = usageNow(alone(os));
    const second = await sampleAfter(alone(os), first, 500);
    const own = readStat(os.pid)!;
    expect(own.reapedTicks).to.be.greaterThan(0);
    expect(second.cpuMs - first.cpuMs).to.be.greaterThan((own.utimeTicks + own.stimeTicks) * 10);
  });

  it('leaves the launcher out and takes in what came back to it', async () => {
    const launcher = start(['sh', '-c', 'sleep 1000 & sleep 1000 & while :; do :; done']);
    const below = await eventually('both run', () => {
      const found = childrenOf(launcher.os.pid).filter(({ comm }) => comm === 'sleep');
      return found.length === 2 ? found : null;
    });
    const run = { program: below[0]!, launcher: launcher.os };
    const usage = usageNow(run);
    expect(usage.cpuMs).to.be.lessThan(100);
    await eventually('the sums agree', () => usageNow(run).memoryBytes === residentBytes(...below));
  });

  it('is not counted twice when one run was started from inside another', async () => {
    const outer = start(['sh', '-c', 'sh -c "sleep 1000 & wait" & wait']);
    const [inner, program] = await eventually('the inner run is there', () => {
      const found = [...childrenOf(outer.os.pid)].sort(
        (a, b) => a.startTicks - b.startTicks || a.pid - b.pid,
      );
      return found.length === 2 && found[1]!.comm === 'sleep' ? found : null;
    });
    const runs = new Map([
      ['outer', alone(outer.os)],
      ['inner', { program: program!, launcher: inner! }],
    ]);
    const usages = usageOf(runs);
    expect(usages.get('outer')!.memoryBytes).to.be.closeTo(
      readStat(outer.os.pid)!.rssBytes,
      2 ** 19,
    );
    expect(usages.get('inner')!.memoryBytes).to.be.greaterThan(0);
  });

  it('is not told of a program that is gone, or of a stranger with its pid', () => {
    const { os } = start(['sleep', '1000']);
    const runs = new Map([['gone', alone({ ...os, startTicks: os.startTicks - 1 })]]);
    expect(usageOf(runs).size).to.equal(0);
  });
});

describe('the share of a processor', () => {
  const usage = (cpuMs: number, sampledUptimeMs: number): Usage => ({
    cpuMs,
    sampledUptimeMs,
    startedUptimeMs: 1000,
    memoryBytes: 0,
  });

  it('is of the time between two samples', () => {
    expect(cpuPercent(usage(700, 3000), usage(200, 2000))).to.equal(50);
    expect(cpuPercent(usage(4000, 3000), usage(2000, 2000))).to.equal(200);
  });

  it('is of the time since the start without an earlier sample', () => {
    expect(cpuPercent(usage(500, 3000), null)).to.equal(25);
  });

  it('is nothing when no time has passed, or processor time has left the sum', () => {
    expect(cpuPercent(usage(500, 3000), usage(100, 3000))).to.equal(0);
    expect(cpuPercent(usage(100, 1000), null)).to.equal(0);
    expect(cpuPercent(usage(100, 3000), usage(500, 2000))).to.equal(0);
  });
});

import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { spawnKey } from '../../src/domain/ids.js';
import type { OsProcess } from '../../src/domain/os-process.js';
import { killUntilEmpty } from '../../src/effects/terminate.js';
import type { Os } from '../../src/platform/os.js';

const PROGRAM: OsProcess = { pid: 10, startTicks: 1 };

/** An operating system where every stroke takes two tries, and what was struck. */
const given = () => {
  const struck: string[] = [];
  const strike = (what: string): boolean => {
    struck.push(what);
    return struck.length <= 2;
  };
  const os = {
    killTree: () => (strike('tree') ? 3 : 0),
    signal: ({ pid }: OsProcess, signal: string) => (strike(`${signal} ${pid}`) ? 'sent' : 'gone'),
  } as Partial<Os> as Os;
  const kill = async (whole: boolean, program: OsProcess | null): Promise<string[]> => {
    const scheduler = new VirtualTimeScheduler();
    const tree = {
      mark: { home: '/h', key: spawnKey('0-1-n') },
      program,
      launcher: null,
      cgroup: null,
    };
    const done = killUntilEmpty({ tree, whole, strokeMs: 50 }, os, scheduler);
    for (let i = 0; i < 3; i += 1) {
      scheduler.flush();
      await new Promise(setImmediate);
    }
    await done;
    return struck;
  };
  return kill;
};

describe('killing what is left of a run', () => {
  it('goes on until the kernel says that nothing is', async () => {
    expect(await given()(true, PROGRAM)).to.deep.equal(['tree', 'tree', 'tree']);
  });

  it('ends the program alone of a run that leaves its tree, and waits until it is gone', async () => {
    expect(await given()(false, PROGRAM)).to.deep.equal(['SIGKILL 10', 'SIGKILL 10', 'SIGKILL 10']);
  });

  it('ends everything that bears the mark when nobody wrote down which one the program is', async () => {
    expect(await given()(false, null)).to.deep.equal(['tree', 'tree', 'tree']);
  });
});

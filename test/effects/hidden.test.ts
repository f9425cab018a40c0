import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { processId, spawnKey } from '../../src/domain/ids.js';
import type { OsProcess } from '../../src/domain/os-process.js';
import { killHidden } from '../../src/effects/hidden.js';
import type { Os } from '../../src/platform/os.js';

const [HIDDEN, LAUNCHER, DAEMON] = [10, 11, 12].map((pid) => ({ pid, startTicks: 1 })) as [
  OsProcess,
  OsProcess,
  OsProcess,
];

/** Kills what hides among the holders of a slot, of whom one is a marked launcher and one a daemon. */
const kill = async (...holders: OsProcess[]): Promise<readonly OsProcess[]> => {
  const left = new Set(holders);
  const os = {
    census: () => ({
      marks: new Map([[LAUNCHER.pid, { home: '/h', key: spawnKey('0-1-n') }]]),
      daemons: new Set([DAEMON.pid]),
    }),
    slotHolders: () => [...left],
    signal: (holder: OsProcess) => (left.delete(holder) ? 'sent' : 'gone'),
  } as unknown as Os;
  const scheduler = new VirtualTimeScheduler();
  const killed = killHidden(processId(0), os, scheduler);
  scheduler.flush();
  return killed;
};

describe('killing what hides in a slot', () => {
  it('finds it by the lock that it inherited', async () => {
    expect(await kill(HIDDEN)).to.deep.equal([HIDDEN]);
  });

  it('leaves a daemon alone that was started from inside the run', async () => {
    expect(await kill(HIDDEN, DAEMON)).to.deep.equal([HIDDEN]);
  });

  it('kills nobody while a launcher has the lock open, whose own it may be', async () => {
    expect(await kill(HIDDEN, LAUNCHER)).to.deep.equal([]);
  });
});

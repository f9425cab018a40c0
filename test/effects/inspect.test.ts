import { expect } from 'chai';
import { processId, spawnKey } from '../../src/domain/ids.js';
import type { OsProcess } from '../../src/domain/os-process.js';
import { inspectRun, type RunWorld } from '../../src/effects/inspect.js';
import type { Os } from '../../src/platform/os.js';
import { parseRunFile } from '../../src/platform/run-file.js';

const KEY = spawnKey('0-1-n');
const RUN = { process: processId(0), spawnKey: KEY, started: null };
const LAUNCHER: OsProcess = { pid: 10, startTicks: 1 };
const PROGRAM: OsProcess = { pid: 11, startTicks: 2 };

/** A world with one run file, and what was ended in it: who the launcher and the program were known to be. */
const given = (text: string, { hasLauncher = false, living = [] as OsProcess[] } = {}) => {
  const ended: unknown[] = [];
  const os: Partial<Os> = {
    readRun: () => parseRunFile(text),
    isAlive: ({ pid }) => living.some((process) => process.pid === pid),
  };
  const world: RunWorld = {
    os: os as Os,
    now: () => 9,
    hasLauncher: () => hasLauncher,
    endRemains: async ({ started }, launcher) => {
      ended.push({ launcher, program: started?.program ?? null });
    },
  };
  return { world, ended };
};

describe('inspecting a run whose launcher is not heard of', () => {
  it('waits for one that has created its file and not written to it yet', async () => {
    const { world, ended } = given('', { hasLauncher: true });
    expect(await inspectRun(RUN, world)).to.deep.equal([]);
    expect(ended).to.deep.equal([]);
  });

  it('ends what is left when it died there', async () => {
    const { world, ended } = given('');
    expect(await inspectRun(RUN, world)).to.deep.equal([
      { kind: 'lost', spawnKey: KEY, reason: 'no-record' },
    ]);
    expect(ended).to.deep.equal([{ launcher: null, program: null }]);
  });

  it('knows a child that was forked and has not become the program from its dead launcher', async () => {
    const { world, ended } = given('claim 10 1 5\n');
    await inspectRun(RUN, world);
    expect(ended).to.deep.equal([{ launcher: LAUNCHER, program: null }]);
  });

  it('knows the program that it was killed before it could tell of', async () => {
    const { world, ended } = given('claim 10 1 5\nchild 11 2 6\n', { living: [PROGRAM] });
    const facts = await inspectRun(RUN, world);
    expect(facts).to.deep.equal([{ kind: 'lost', spawnKey: KEY, reason: 'no-record' }]);
    expect(ended).to.deep.equal([{ launcher: LAUNCHER, program: PROGRAM }]);
  });

  it('takes the program that an ended run leaves things of from its file', async () => {
    const { world, ended } = given('claim 10 1 5\nstart 11 2 6\nexit code 3 7\n');
    const facts = await inspectRun(RUN, world);
    expect(facts.map(({ kind }) => kind)).to.deep.equal(['started', 'ended']);
    expect(ended).to.deep.equal([{ launcher: LAUNCHER, program: PROGRAM }]);
  });
});

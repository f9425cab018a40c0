import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { epoch, processId, spawnKey } from '../../src/domain/ids.js';
import {
  homePaths,
  prepareRunDir,
  runFile,
  runFilesDir,
  slotLock,
} from '../../src/platform/paths.js';
import { createFence } from '../../src/platform/run-file.js';
import { sweepEpochs, sweepRuns } from '../../src/platform/run-sweep.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, isPossible, start, tempHome } from '../support/programs.js';

const NOW = epoch('0123456789abcdef');
const EARLIER = epoch('fedcba9876543210');
const NOBODY_IS = { pid: 2 ** 22, startTicks: 1 };

describe('sweeping run files', () => {
  let paths: ReturnType<typeof homePaths>;

  beforeEach(() => {
    paths = homePaths(tempHome());
    prepareRunDir(paths, NOW);
  });
  afterEach(cleanUp);

  const claimed = (key: string, { pid, startTicks } = NOBODY_IS): string => {
    const path = runFile(paths, NOW, spawnKey(key));
    writeFileSync(path, `claim ${pid} ${startTicks} 1\n`);
    return key;
  };
  const swept = (...open: string[]): number => sweepRuns(paths, NOW, (key) => open.includes(key));
  const left = (): string[] => readdirSync(runFilesDir(paths, NOW)).sort();

  it('takes what is claimed, closed, and without a launcher', () => {
    claimed('0-1-a');
    claimed('0-2-b');
    expect(swept('0-2-b')).to.equal(1);
    expect(left()).to.deep.equal(['0-2-b']);
  });

  it('leaves the file of a launcher that lives', () => {
    const { os } = start(['sleep', '1000']);
    claimed('0-1-a', os);
    expect(swept()).to.equal(0);
    expect(left()).to.deep.equal(['0-1-a']);
  });

  it('leaves what keeps a late launcher out: a fence, and a file without a line', () => {
    createFence(runFile(paths, NOW, spawnKey('0-1-a')), process.pid, 1);
    writeFileSync(runFile(paths, NOW, spawnKey('0-2-b')), '');
    expect(swept()).to.equal(0);
    expect(left()).to.deep.equal(['0-1-a', '0-2-b']);
  });

  it('leaves what is no run file', () => {
    writeFileSync(join(runFilesDir(paths, NOW), 'notes'), 'claim 1 1 1\n');
    expect(swept()).to.equal(0);
  });

  it('takes the folders of earlier epochs, and no other', async () => {
    prepareRunDir(paths, EARLIER);
    writeFileSync(slotLock(paths, EARLIER, processId(0)), '');
    mkdirSync(join(paths.run, 'notes'));
    expect(await sweepEpochs(paths, NOW)).to.deep.equal([EARLIER]);
    expect(readdirSync(paths.run).sort()).to.deep.equal([NOW, 'notes']);
  });

  it('leaves an earlier epoch in which a program still holds its slot', async function () {
    if (!isPossible(['flock', '--version'])) this.skip();
    prepareRunDir(paths, EARLIER);
    const lock = slotLock(paths, EARLIER, processId(1));
    writeFileSync(slotLock(paths, EARLIER, processId(0)), '');
    start(['flock', lock, 'sleep', '1000']);
    await eventually(
      'it is held',
      () => existsSync(lock) && !isPossible(['flock', '-n', lock, 'true']),
    );
    expect(await sweepEpochs(paths, NOW)).to.deep.equal([]);
    expect(existsSync(lock)).to.equal(true);
  });
});

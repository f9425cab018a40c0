import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderWatch } from '../../src/platform/folder-watch.js';
import { logSizes } from '../../src/platform/log-inventory.js';
import { eventually } from '../support/eventually.js';

describe('a watch over the folders of logs', () => {
  let folder: string;
  let watch: FolderWatch;
  const log = (): string => join(folder, 'logs/a.log');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'opm-folders-'));
    mkdirSync(join(folder, 'logs'));
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(log(), 'begun\n');
    watch = new FolderWatch(logSizes([log()]).folders);
  });

  afterEach(() => {
    watch.close();
    rmSync(folder, { recursive: true });
  });

  const noticed = () => eventually('a write is noticed', () => !watch.isQuiet);

  it('is quiet until something is written', async () => {
    expect(watch.isQuiet).to.equal(true);
    appendFileSync(log(), 'more\n');
    await noticed();
  });

  it('notices that a log was moved away', async () => {
    renameSync(log(), join(folder, 'gone.log'));
    await noticed();
  });

  it('notices what is written where a link leads', async () => {
    const real = join(folder, 'elsewhere/b.log');
    writeFileSync(real, 'begun\n');
    symlinkSync(real, join(folder, 'logs/b.log'));
    const { sizes, folders } = logSizes([join(folder, 'logs/b.log')]);
    expect([...sizes.values()]).to.deep.equal([6]);
    watch.close();
    watch = new FolderWatch(folders);
    appendFileSync(real, 'more\n');
    await noticed();
  });

  it('is never quiet over a folder that is not there', () => {
    watch.close();
    watch = new FolderWatch([join(folder, 'logs'), join(folder, 'nowhere')]);
    expect(watch.isQuiet).to.equal(false);
  });
});

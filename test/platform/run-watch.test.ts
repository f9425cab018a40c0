import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { watchRuns } from '../../src/platform/run-watch.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, isPossible, sourceArgv, start, tempHome } from '../support/programs.js';

/** `fs.inotify.max_queued_events` as Linux has it by default. */
const KERNEL_QUEUE = 16_384;

describe('watching run files', () => {
  let dir: string;
  let heard: string[];
  let reasons: string[];
  let watch: { close(): void };

  beforeEach(() => {
    dir = join(tempHome(), 'runs');
    mkdirSync(dir);
    writeFileSync(join(dir, '1-1-old'), 'claim\n');
    heard = [];
    reasons = [];
    watch = watchRuns(dir, {
      changed: (key) => heard.push(key),
      degraded: (reason) => reasons.push(reason),
    });
  });
  afterEach(() => {
    watch.close();
    cleanUp();
  });

  const hears = (...keys: string[]) =>
    eventually(`news of ${keys}`, () => keys.every((key) => heard.includes(key)));

  it('tells of a file that appears and of one that grows', async () => {
    writeFileSync(join(dir, '7-1-new'), '');
    await hears('7-1-new');
    appendFileSync(join(dir, '1-1-old'), 'start\n');
    await hears('1-1-old');
    expect(reasons).to.deep.equal([]);
  });

  it('tells of one run once, however often its file changed in a turn', async () => {
    for (let n = 0; n < 100; n += 1) appendFileSync(join(dir, `7-1-${n % 2}`), 'x\n');
    await hears('7-1-0', '7-1-1');
    expect(heard.filter((key) => key === '7-1-0')).to.have.length(1);
  });

  it('has nothing to say about what is no spawn key, or was there before', async () => {
    writeFileSync(join(dir, 'README'), '');
    writeFileSync(join(dir, '.7-1-new.tmp'), '');
    writeFileSync(join(dir, '7-1-new'), '');
    await hears('7-1-new');
    expect(new Set(heard)).to.deep.equal(new Set(['7-1-new']));
  });

  it('misses nothing when the queue of the kernel overflows', async () => {
    for (let n = 0; n <= KERNEL_QUEUE; n += 1) appendFileSync(join(dir, `7-1-${n % 2}`), 'x\n');
    writeFileSync(join(dir, '8-1-last'), '');
    await hears('8-1-last');
  });

  it('looks for itself once the folder is replaced', async () => {
    renameSync(dir, `${dir}-aside`);
    await eventually('it says so', () => reasons.length === 1);
    mkdirSync(dir);
    writeFileSync(join(dir, '7-1-new'), '');
    await hears('7-1-new');
    heard.length = 0;
    appendFileSync(join(dir, '7-1-new'), 'claim\n');
    await hears('7-1-new');
    heard.length = 0;
    rmSync(join(dir, '7-1-new'));
    await hears('7-1-new');
    expect(reasons).to.have.length(1);
  });

  it('looks for itself where the kernel grants no watch', async function () {
    const limited = 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$0" "$@"';
    const inNamespace = ['unshare', '--user', '--map-root-user', 'sh', '-c', limited] as const;
    if (!isPossible([...inNamespace, 'true'])) this.skip();
    const code = `import { watchRuns } from '../src/platform/run-watch.ts';
      watchRuns(${JSON.stringify(dir)}, { changed: console.log, degraded: console.log });`;
    const { child } = start([...inNamespace, ...sourceArgv(code)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    child.stdout!.on('data', (data) => {
      told += data;
    });
    await eventually('it says so', () => /EMFILE/.test(told));
    appendFileSync(join(dir, '1-1-old'), 'start\n');
    writeFileSync(join(dir, '7-1-new'), '');
    await eventually('it has seen both', () => /^7-1-new$/m.test(told));
    expect(told.match(/^1-1-old$/gm)).to.have.length(2);
  });

  it('is silent after it is closed', async () => {
    const other: string[] = [];
    const second = watchRuns(dir, { changed: (key) => other.push(key), degraded: () => {} });
    watch.close();
    writeFileSync(join(dir, '7-1-new'), '');
    await eventually('the second one hears', () => other.length > 0);
    second.close();
    expect(heard).to.deep.equal([]);
  });

  it('is silent after it is closed, even with news in hand', async () => {
    const told: string[] = [];
    const replaced = new Promise<void>((resolve) => {
      const inHand = watchRuns(dir, {
        changed: (key) => told.push(key),
        degraded: () => {
          inHand.close();
          resolve();
        },
      });
    });
    renameSync(dir, `${dir}-aside`);
    mkdirSync(dir);
    writeFileSync(join(dir, '7-1-new'), '');
    await replaced;
    await hears('7-1-new');
    expect(told).to.deep.equal([]);
  });
});

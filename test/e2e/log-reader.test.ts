import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { Opm } from '../support/opm.js';
import { cleanUp, readersIn } from '../support/programs.js';

const PROOF = fileURLToPath(new URL('../../bench/log-proof.mjs', import.meta.url));

describe('lines that go through the reader', function () {
  this.timeout(120_000);
  let opm: Opm;

  beforeEach(() => {
    opm = new Opm();
  });

  afterEach(async () => {
    await opm.end();
    cleanUp();
    await eventually('no reader is left', () => readersIn(opm.home).length === 0);
  });

  const texts = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await opm.call('logs', ...args, '--json');
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).line as string);
  };

  const written = (name: string, count: number, ...args: string[]): Promise<string[]> =>
    eventually(`${count} lines of ${name}`, async () => {
      const lines = await texts(name, ...args);
      return lines.length >= count ? lines : null;
    }) as Promise<string[]>;

  it('none is missing, twice or split, though the daemon and the reader are killed and the log is rotated all the time', async function () {
    this.timeout(180_000);
    const args = [
      '--seconds',
      '6',
      '--rate',
      '20000',
      '--daemon-kills',
      '2',
      '--reader-kills',
      '4',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [
      PROOF,
      ...args,
      '--max-size',
      '64K',
    ]);
    const result = JSON.parse(stdout);
    expect(result).to.include({ lines: 120_000, missing: 0, doubled: 0, split: 0, alive: true });
    expect(result.rotations).to.be.greaterThan(20);
  });

  it('have their time, and each run is still told apart', async () => {
    await opm.run('start', 'echo $$; exec sleep 1000', '--name', 'a', '--time');
    const { spawnKey } = await opm.row('a');
    const [first] = await written('a', 1);
    expect(first).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d: \d+$/);
    await opm.run('restart', 'a');
    await written('a', 2);
    expect(await texts('--run', spawnKey!)).to.deep.equal([first]);
  });

  it('of instances and streams may meet in one file', async () => {
    const file = join(opm.home, 'new', 'all.log');
    const script = 'echo out $NODE_APP_INSTANCE; echo err $NODE_APP_INSTANCE >&2; exec sleep 1000';
    await opm.run('start', script, '--name', 'a', '-i', '2', '--merge-logs', '--log-file', file);
    expect((await written('a', 4)).sort()).to.deep.equal(['err 0', 'err 1', 'out 0', 'out 1']);
    expect(readFileSync(file, 'utf8').split('\n')).to.have.length(5);
    expect(readdirSync(join(opm.home, 'logs'))).to.deep.equal([]);
  });

  it('are refused where they cannot be written, and nothing is started', async () => {
    const folder = join(opm.home, 'folder');
    mkdirSync(folder);
    writeFileSync(join(opm.home, 'file'), '');
    const pipe = join(opm.home, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const below = join(opm.home, 'file', 'x.log');
    // Folders in /proc cannot be made, and files in /sys not opened, by root neither.
    for (const path of [folder, below, pipe, '/proc/none/x.log', '/sys/x.log']) {
      const { code, stderr } = await opm.call(
        'start',
        'sleep 1000',
        '--name',
        'a',
        '--out-file',
        path,
      );
      expect(code).to.equal(1);
      expect(stderr).to.include('LOG_NOT_WRITABLE').and.include(path);
    }
    expect(await opm.rows()).to.deep.equal([]);
  });

  it('may be a pipe that somebody reads, as the output of a container is', async () => {
    const pipe = join(opm.home, 'pipe');
    execFileSync('mkfifo', [pipe]);
    // With a writer of its own, as the first process of a container is: else it ends with the first who looks.
    const reader = spawn('sh', ['-c', `exec cat <>${pipe}`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const heard = new Promise((resolve) => reader.stdout.once('data', resolve));
      const run = ['start', 'echo hello; exec sleep 1000', '--name', 'a', '--out-file', pipe];
      await eventually('the pipe has its reader', async () => (await opm.call(...run)).code === 0);
      expect(String(await heard)).to.equal('hello\n');
    } finally {
      reader.kill('SIGKILL');
    }
  });

  it('need a reader: where none is compiled a format is refused', async () => {
    const shell = new Opm(opm.home, { OPM_LAUNCHER: 'shell' });
    const { code, stderr } = await shell.call('start', 'sleep 1000', '--name', 'a', '--time');
    expect(code).to.equal(1);
    expect(stderr).to.include('LOG_FORMAT_UNAVAILABLE');
    await shell.run(
      'start',
      'echo x; exec sleep 1000',
      '--name',
      'b',
      '--log-file',
      join(opm.home, 'b.log'),
    );
    expect(await written('b', 1)).to.deep.equal(['x']);
  });
});

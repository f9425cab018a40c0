import { execFileSync, spawn } from 'node:child_process';
import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { Opm } from '../support/opm.js';
import { cleanUp } from '../support/programs.js';

const ROTATOR = fileURLToPath(new URL('../../dist/launcher/opm-rotator', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

describe('opm logs', function () {
  this.timeout(120_000);
  let opm: Opm;

  beforeEach(() => {
    opm = new Opm();
  });

  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  /** Starts a program that waits for nothing after its script, and waits until it has written. */
  const start = async (name: string, script: string): Promise<void> => {
    const done = join(opm.home, `${name}.done`);
    await opm.run('start', `${script}; echo > ${done}; exec sleep 1000`, '--name', name);
    await eventually('it has written', () => readdirSync(opm.home).includes(`${name}.done`));
  };

  const objects = async (...args: string[]): Promise<{ name: string; line: string }[]> => {
    const { stdout, stderr, code } = await opm.call('logs', ...args, '--json');
    expect(code, stderr).to.equal(0);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  const texts = async (...args: string[]): Promise<string[]> =>
    (await objects(...args)).map(({ line }) => line);

  it('merges what programs say by the times in their lines, with a daemon and without', async () => {
    await start('a', 'echo 2026-01-01T00:00:01Z a1; echo 2026-01-01T00:00:03Z a2; echo "  at a2"');
    await start('b', 'echo 2026-01-01T00:00:02Z b1; echo 2026-01-01T00:00:04Z b2 >&2');
    const expected = ['a1', 'b1', 'a2', 'a2', 'b2'];
    const seen = async () => (await texts()).map((line) => line.slice(-2));
    expect(await seen()).to.deep.equal(expected);
    const text = await opm.run('logs');
    expect(text.split('\n')[0]).to.equal('0|a  2026-01-01T00:00:01Z a1');
    await opm.run('daemon', 'stop');
    expect(await seen()).to.deep.equal(expected);
  });

  it('chooses lines by stream, count, time and pattern', async () => {
    await start(
      'a',
      'for i in 1 2 3 4 5; do echo 2026-01-01T00:00:0$i.000Z line $i; done; echo 2026-01-01T00:00:06Z oops >&2',
    );
    const ends = async (...args: string[]) =>
      (await texts('a', ...args)).map((line) => line.split(' ').at(-1));
    expect(await ends('--err')).to.deep.equal(['oops']);
    expect(await ends('--out', '--lines', '2')).to.deep.equal(['4', '5']);
    expect(await ends('--since', '2026-01-01T00:00:04Z')).to.deep.equal(['4', '5', 'oops']);
    expect(await ends('--until', '2026-01-01T00:00:02Z')).to.deep.equal(['1', '2']);
    expect(await ends('--grep', 'line [24]|oops', '--lines', '1')).to.deep.equal(['4', 'oops']);
  });

  it('shows exactly what one run wrote, of a deleted process too', async () => {
    await opm.run('start', 'echo $$; echo e$$ >&2; exec sleep 1000', '--name', 'a');
    await opm.run('restart', 'a');
    await opm.run('restart', 'a');
    const keys = (await opm.call('history', '--type', 'ProcessStarted', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).data as { spawnKey: string; program: { pid: number } });
    expect(keys).to.have.length(3);
    await eventually('the last run has written', async () => (await texts('a')).length === 6);
    await opm.run('delete', 'a');
    for (const { spawnKey, program } of keys)
      expect((await texts('--run', spawnKey)).sort()).to.deep.equal([
        `${program.pid}`,
        `e${program.pid}`,
      ]);
    await start('a', 'echo of another app');
    const { spawnKey, program } = keys[0]!;
    expect(await texts('--run', spawnKey, '--out')).to.deep.equal([`${program.pid}`]);
    rmSync(join(opm.home, 'logs', 'a-out.log.before-1'));
    const gone = await opm.call('logs', '--run', spawnKey, '--out');
    expect(gone.stdout).to.equal('');
    expect(gone.stderr).to.include(`not all that ${spawnKey} wrote`);
    const unknown = await opm.call('logs', '--run', '0-9-x');
    expect(unknown.code).to.equal(1);
    expect(unknown.stderr).to.include('UNKNOWN_RUN');
  });

  it('shows what a run of a deleted process wrote to the file that its app had named', async () => {
    const file = join(opm.home, 'named.log');
    await opm.run('start', 'echo hello; exec sleep 1000', '--name', 'a', '--out-file', file);
    const { spawnKey } = await opm.row('a');
    await eventually('it has written', () => readFileSync(file, 'utf8') === 'hello\n');
    await opm.run('delete', 'a');
    expect(await texts('--run', spawnKey!)).to.deep.equal(['hello']);
  });

  it('refuses an unknown target and a pattern that is none', async () => {
    await start('web', 'echo hello');
    const { code, stderr } = await opm.call('logs', 'wep');
    expect(code).to.equal(1);
    expect(stderr).to.include('UNKNOWN_TARGET').and.include('did you mean "web"');
    expect((await opm.call('logs', '--grep', '(')).stderr).to.include('BAD_USAGE');
  });

  it('hands bytes through as they are: NUL, no UTF-8, no newline', async () => {
    const bytes = join(opm.home, 'bytes');
    const content = Buffer.from([0, 255, 254, 10, 195, 40, 10, 0, 104]);
    writeFileSync(bytes, content);
    await start('bin', `cat ${bytes}`);
    const env = opm.env;
    const raw = execFileSync(process.execPath, [BIN, 'logs', 'bin', '--out', '--raw'], { env });
    expect(raw.equals(content)).to.equal(true);
    const [first] = (await objects('bin', '--out')) as unknown as { base64: string }[];
    expect(Buffer.from(first!.base64, 'base64').equals(content.subarray(0, 3))).to.equal(true);
  });

  it('follows across rotation, restart, emptying and a file put in its place', async function () {
    this.timeout(60_000);
    const feed = join(opm.home, 'feed');
    writeFileSync(feed, '');
    await opm.run('start', `exec tail -n +1 -f ${feed}`, '--name', 'a');
    const log = join(opm.home, 'logs', 'a-out.log');
    const follower = opm.spawn('logs', 'a', '--out', '--follow', '--raw', '--lines', '0');
    let seen = '';
    follower.stdout?.on('data', (chunk) => {
      seen += chunk;
    });
    const say = async (text: string): Promise<void> => {
      execFileSync('sh', ['-c', `printf '%s\\n' ${text} >> ${feed}`]);
      await eventually(`${text} is seen in ${JSON.stringify(seen)}`, () => seen.includes(text));
    };
    await eventually('it follows', async () => {
      execFileSync('sh', ['-c', `echo knock >> ${feed}`]);
      return seen.includes('knock');
    });
    await say('x'.repeat(60_000));
    execFileSync(ROTATOR, [log, '16384']);
    await say('rotated');
    await opm.run('restart', 'a');
    await say('restarted');
    truncateSync(log);
    await say('emptied');
    renameSync(log, `${log}.old`);
    writeFileSync(feed, '');
    await opm.run('restart', 'a');
    await say('replaced');
    expect(seen.match(/^rotated$/gm)).to.have.length(2);
    follower.kill();
  });

  it('ends when nobody reads it any more', async () => {
    await start('a', 'while :; do echo y; sleep 0.01; done & true');
    const command = `${process.execPath} ${BIN} logs a --follow | head -n 1`;
    const shell = spawn('sh', ['-c', command], { env: opm.env, stdio: 'ignore' });
    await eventually('the pipe has ended', () => shell.exitCode !== null);
  });

  it('ends at once when nobody reads it, though there is nothing to say', async () => {
    await start('a', 'echo hello');
    const follower = opm.spawn('logs', 'a', '--follow');
    await new Promise((resolve) => follower.stdout?.once('data', resolve));
    follower.stdout?.destroy();
    await eventually('it has ended', () => follower.exitCode !== null);
  });

  it('says when a log was deleted under its program', async () => {
    await start('a', 'echo hello');
    rmSync(join(opm.home, 'logs', 'a-out.log'));
    const { stderr } = await opm.call('logs', 'a');
    expect(stderr).to.include('a-out.log (deleted)');
    await opm.run('restart', 'a');
    expect((await opm.call('logs', 'a')).stderr).to.equal('');
  });
});

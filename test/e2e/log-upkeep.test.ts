import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { Opm } from '../support/opm.js';
import { cleanUp, isPossible } from '../support/programs.js';

/** Numbers its lines, each 20 bytes: `writer FIRST LAST`. */
const lines = (first: number, last: number): string =>
  `i=${first}; while [ $i -lt ${last} ]; do printf '%019d\\n' $i; i=$((i + 1)); done`;

const archives = (folder: string, name: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.0`) && /\d(\.gz)?$/.test(file))
    .sort()
    .map((file) => join(folder, file));

const content = (path: string): string =>
  (path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString();

for (const launcher of ['native', 'shell']) {
  describe(`the logs of a home are kept small (${launcher} launcher)`, function () {
    this.timeout(120_000);
    let opm: Opm;
    let logs: string;

    beforeEach(() => {
      opm = new Opm(undefined, launcher === 'shell' ? { OPM_LAUNCHER: 'shell' } : {});
      logs = join(opm.home, 'logs');
    });

    afterEach(async () => {
      await opm.end();
      cleanUp();
    });

    const settings = (keys: Record<string, unknown>): void =>
      writeFileSync(join(opm.home, 'settings.json'), JSON.stringify({ logs: keys }));

    it('a log that reaches its size is rotated and compressed, and no line is missing', async function () {
      this.timeout(90_000);
      settings({ max_size: '32K' });
      await opm.run(
        'start',
        `${lines(0, 4000)}; exec sleep 1000`,
        '--name',
        'a',
        '--interpreter',
        'none',
      );
      const live = join(logs, 'a-out.log');
      await eventually(
        'it is rotated',
        () => archives(logs, 'a-out.log').some((p) => p.endsWith('.gz')),
        40_000,
      );
      const whole = (): string => [...archives(logs, 'a-out.log'), live].map(content).join('');
      const expected = Array.from({ length: 4000 }, (_, i) => `${String(i).padStart(19, '0')}\n`);
      await eventually('every line is there once', () => whole() === expected.join(''));
      const shown = await opm.run('logs', 'a', '--out', '--raw', '--lines', '4000');
      expect(shown === expected.join('')).to.equal(true);
    });

    it('flush empties a log with all that was rotated out of it, and the run is still told apart', async () => {
      await opm.run(
        'start',
        `${lines(0, 50)}; exec sleep 1000`,
        '--name',
        'a',
        '--interpreter',
        'none',
      );
      const live = join(logs, 'a-out.log');
      await eventually('it has written', () => statSync(live).size === 1000);
      writeFileSync(`${live}.000000000000-000000000003`, 'old');
      await opm.run('daemon', 'stop');
      await opm.run('flush', 'a');
      expect(statSync(live).size).to.equal(0);
      expect(archives(logs, 'a-out.log')).to.deep.equal([]);
      await opm.run('restart', 'a');
      const { spawnKey } = await opm.row('a');
      const shown = await eventually('the second run has written', async () => {
        const text = await opm.run('logs', '--run', spawnKey!, '--raw');
        return text.length === 1000 ? text : null;
      });
      expect(shown).to.include('0000049\n');
    });
  });
}

describe('the keeping of logs', function () {
  this.timeout(120_000);
  let opm: Opm;
  let mounted: string | null = null;

  beforeEach(() => {
    opm = new Opm();
  });

  afterEach(async () => {
    await opm.end();
    if (mounted) execFileSync('umount', [mounted]);
    mounted = null;
    cleanUp();
  });

  it('on a full disk deletes the oldest of what was rotated, and leaves what is written to alone', async function () {
    this.timeout(90_000);
    const logs = join(opm.home, 'logs');
    mkdirSync(logs);
    if (!isPossible(['mount', '-t', 'tmpfs', '-o', 'size=320k', 'tmpfs', logs])) this.skip();
    mounted = logs;
    const live = join(logs, 'a-out.log');
    const config = { logs: { max_size: '64K', compress: false } };
    writeFileSync(join(opm.home, 'settings.json'), JSON.stringify(config));
    await opm.run('start', 'sleep 1000', '--name', 'a');
    const archive = `${live}.000000000000-000000102400`;
    writeFileSync(archive, 'x'.repeat(102_400));
    writeFileSync(
      `${live}.pos`,
      `${[102_400, 0, 0, 0].map((n) => String(n).padStart(20, '0')).join(' ')}\n`,
    );
    spawnSync('sh', ['-c', `head -c 131072 /dev/zero | tr '\\0' y | fold -w 79 >> ${live}`]);
    await eventually(
      'there is room again',
      () => !readdirSync(logs).includes('a-out.log.000000000000-000000102400'),
      40_000,
    );
    await eventually('the log is rotated', () => archives(logs, 'a-out.log').length === 1, 20_000);
    const whole = [...archives(logs, 'a-out.log'), live].map(content).join('');
    expect(whole.replaceAll('\n', '')).to.match(/^y+$/);
    expect(await opm.run('daemon', 'logs')).to.include('because=a full disk');
  });

  it('refuses to start with settings that cannot be used', async () => {
    writeFileSync(join(opm.home, 'settings.json'), '{"logs": {"max_size": "huge"}}');
    const { code, stderr } = await opm.call('daemon', 'start');
    expect(code).to.equal(1);
    expect(stderr).to.include('settings.json: $.logs.max_size: expected bytes');
  });

  interface Reloaded {
    readonly retaken: readonly { readonly name: string; readonly file: string }[];
    readonly detached: readonly { readonly name: string; readonly file: string }[];
  }

  it('says whose log was moved away, when something else has taken its place', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'a');
    const log = join(opm.home, 'logs', 'a-out.log');
    renameSync(log, `${log}.1`);
    writeFileSync(log, 'of somebody else\n');
    const { retaken, detached } = await opm.json<Reloaded>('reloadLogs');
    expect(retaken).to.deep.equal([]);
    expect(detached).to.have.length(1);
    expect(detached[0]).to.include({ name: 'a', file: `${log}.1` });
    const pid = await opm.daemonPid();
    process.kill(pid!, 'SIGUSR2');
    await eventually('the signal does the same', async () => {
      const text = await opm.run('daemon', 'logs', '--level', 'warn');
      return text.split('moved under its program').length === 3;
    });
    expect(readFileSync(log, 'utf8')).to.equal('of somebody else\n');
  });

  for (const makes of ['create', 'nocreate'])
    it(`takes part in system logrotate (${makes}): no line is missing, and the program goes on`, async () => {
      const log = join(opm.home, 'numbers.log');
      // Slow after a while: a log of 10 MB would be rotated by ourselves meanwhile.
      const count =
        'i=0; while :; do i=$((i+1)); echo "line $i"; [ $i -lt 120000 ] || sleep 0.01; done';
      await opm.run('start', count, '--name', 'a', '--out-file', log);
      // So long that the end of one of its short lines is sure to be the end of a block too.
      await eventually('it writes', () => statSync(log).size > 1_000_000, 30_000);
      const renamed = `${log}-20260131`;
      renameSync(log, renamed);
      if (makes === 'create') writeFileSync(log, '', { mode: 0o600 });
      const { retaken, detached } = await opm.json<Reloaded>('reloadLogs');
      expect(detached).to.deep.equal([]);
      expect(retaken.map(({ file }) => file)).to.deep.equal([renamed]);
      const { size } = statSync(log);
      await eventually('it goes on writing to its log', () => statSync(log).size > size);
      await opm.run('stop', 'a');
      expect(statSync(renamed).size).to.be.greaterThan(10_000);
      const lines = `${readFileSync(renamed, 'utf8')}${readFileSync(log, 'utf8')}`.split('\n');
      const wrong = lines.slice(0, -2).findIndex((line, index) => line !== `line ${index + 1}`);
      expect(wrong, 'the first line that is not the next one').to.equal(-1);
    });

  it('notices by itself that a log was deleted under its program', async () => {
    await opm.run('start', 'echo hello; exec sleep 1000', '--name', 'a');
    const log = join(opm.home, 'logs', 'a-out.log');
    await eventually('it has written', () => statSync(log).size > 0);
    // The daemon has seen its size once it looks after a log that has been there longer.
    await opm.run('daemon', 'stop');
    await opm.run('daemon', 'start');
    rmSync(log);
    await eventually(
      'it says so',
      async () => (await opm.run('daemon', 'logs', '--level', 'warn')).includes(`${log} (deleted)`),
      30_000,
    );
  });

  it('the daemon tells what it does, in JSON for machines, and after its end too', async () => {
    await opm
      .run('start', 'exit 3', '--name', 'a', '--no-autorestart', '--interpreter', 'none')
      .catch(() => {});
    await opm.run('daemon', 'stop');
    const text = await opm.run('daemon', 'logs');
    expect(text)
      .to.match(/info {2,}serves {2}version=/)
      .and.to.match(/stops {2}reason=asked to/);
    const { stdout } = await opm.call('daemon', 'logs', '--json');
    const entries = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.every(({ level, message }) => level && message)).to.equal(true);
    const warnings = await opm.run('daemon', 'logs', '--level', 'error');
    expect(warnings).to.equal('');
  });
});

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Recorded } from '../../src/domain/event.js';
import { eventually } from '../support/eventually.js';
import { Opm } from '../support/opm.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('restarts by policy', () => {
  let opm: Opm;

  beforeEach(() => {
    opm = new Opm();
  });

  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  const script = (name: string, text: string): string => {
    const path = join(opm.home, name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    return path;
  };

  const start = async (app: object): Promise<number> => {
    const path = join(opm.home, 'app.json');
    writeFileSync(path, JSON.stringify({ apps: [{ name: 'app', ...app }] }));
    return (await opm.call('start', path)).code;
  };

  const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';

  /** Waits for the run after a restart by policy; its reason and what came before it. */
  const restarted = async (reason: string): Promise<readonly Recorded[]> => {
    const isNext = (event: Recorded): boolean =>
      event.type === 'SpawnRequested' && event.data.reason === reason;
    await eventually(`it was restarted: ${reason}`, async () => (await opm.events()).some(isNext));
    await opm.status('app', 'online');
    return opm.events();
  };
  const find = <T extends Recorded['type']>(events: readonly Recorded[], type: T) =>
    events.find((event): event is Extract<Recorded, { type: T }> => event.type === type);

  it('incident 25: too much memory of a child restarts the whole, with the figure in the event', async () => {
    // Only the first run takes too much, so that the second is there to be looked at.
    const hog = script(
      'hog.js',
      `const fs = require('node:fs');
      const b = fs.existsSync('fed') ? null : Buffer.alloc(150e6, 1);
      fs.writeFileSync('fed', '');
      setInterval(() => b, 1000);`,
    );
    const text = `#!/bin/sh\n${process.execPath} ${hog} &\nwait\n`;
    await start({
      script: script('parent.sh', text),
      max_memory_restart: '100M',
      memory_interval: 100,
    });
    const exceeded = find(await restarted('memory'), 'MemoryExceeded');
    expect(exceeded?.data.maxBytes).to.equal(100 * 1024 ** 2);
    expect(exceeded?.data.memoryBytes).to.be.greaterThan(100 * 1024 ** 2);
    expect(await opm.run('why', 'app')).to.match(
      /held .* MiB, more than 100.0 MiB .measured every 100 ms/,
    );
  });

  it('incident 25: failing health restarts with what was wrong, after as many failures as allowed', async () => {
    const flag = join(opm.home, 'sick');
    await start({
      script: script('app.sh', SLEEPER),
      health: {
        command: `[ ! -e ${flag} ] || { echo sick >&2; rm ${flag}.$(ls ${flag}* | wc -l); exit 4; }`,
        interval: 100,
        failures: 2,
      },
    });
    const { pid } = await opm.row('app');
    writeFileSync(flag, '');
    const failed = find(await restarted('unhealthy'), 'LivenessFailed');
    expect(failed?.data.failures).to.equal(2);
    expect(failed?.data.problem).to.match(/^the command ended with code 4: /);
    expect((await opm.row('app')).pid).to.not.equal(pid);
  });

  it('incident 25: a changed file restarts, and is named; what editors and package managers write does not', async () => {
    const folder = tempHome();
    for (const path of ['node_modules', 'logs']) mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, 'a.js'), '');
    await start({
      script: script('app.sh', SLEEPER),
      cwd: folder,
      watch: true,
      watch_delay: 50,
      ignore_watch: ['logs', '*.log'],
    });
    // The watch begins some moments after the start; what is to be ignored is written all the while.
    await eventually('the change is noticed', async () => {
      for (const ignored of ['.a.js.swp', 'a.js~', '4913', 'node_modules/x.js', 'logs/1', 'x.log'])
        writeFileSync(join(folder, ignored), String(Math.random()));
      writeFileSync(join(folder, 'b.js'), String(Math.random()));
      return (await opm.eventTypes()).includes('FilesChanged');
    });
    const changed = find(await restarted('watch'), 'FilesChanged');
    expect(changed?.data).to.include({ more: 0 });
    expect(changed?.data.files).to.deep.equal(['b.js']);
  });

  it('incident 25: a cron pattern restarts, and says so', async () => {
    await start({ script: script('app.sh', SLEEPER), cron_restart: '* * * * * *' });
    const events = await restarted('cron');
    expect(find(events, 'ScheduleTicked')?.data).to.include({ does: 'restart' });
  });

  it('a scheduled program is up while it waits, runs at its times, and is not restarted', async () => {
    expect(
      await start({ script: script('job.sh', '#!/bin/sh\nexit 0\n'), schedule: '* * * * * *' }),
    ).to.equal(0);
    await eventually('it has run twice', async () => {
      const types = await opm.eventTypes();
      return types.filter((type) => type === 'ProcessExited').length >= 2;
    });
    expect((await opm.row('app')).restarts).to.equal(0);
    await opm.run('stop', 'app');
    await opm.run('history', 'audit');
  });

  it('a pattern that cannot be read is refused, and nothing is started', async () => {
    const path = join(opm.home, 'app.json');
    const app = { name: 'app', script: script('app.sh', SLEEPER), cron_restart: 'every day' };
    writeFileSync(path, JSON.stringify({ apps: [app] }));
    const { code, stdout } = await opm.call('start', path, '--json');
    expect(code).to.equal(1);
    expect(JSON.parse(stdout).error).to.include({ code: 'INVALID_APP' });
    expect(JSON.parse(stdout).error.message).to.include('cron_restart "every day"');
    expect(await opm.rows()).to.deep.equal([]);
  });

  it('on-failure starts a failure again and leaves a success; stop codes end it too', async () => {
    const count = join(opm.home, 'count');
    const text = `#!/bin/sh\necho x >>${count}\n[ $(wc -l <${count}) -ge 3 ] && exit $1\nexit 1\n`;
    for (const [code, more] of [
      [0, { autorestart: 'on-failure' }],
      [7, { stop_exit_codes: [7] }],
    ] as const) {
      writeFileSync(count, '');
      await start({ name: `app${code}`, script: script('n.sh', text), args: [`${code}`], ...more });
      const row = await opm.status(`app${code}`, 'stopped');
      expect(row.lastExit).to.include({ code });
      expect(row.restarts).to.equal(2);
    }
  });

  it('a program that is given up is errored with its last error output', async () => {
    await start({
      script: script('bad.sh', '#!/bin/sh\necho one >&2\necho the disk is gone >&2\nexit 1\n'),
      max_restarts: 1,
    });
    await opm.status('app', 'errored');
    const noted = await eventually('its output is noted', async () =>
      find(await opm.events(), 'ErrorOutputNoted'),
    );
    expect(noted.data.lines.at(-1)).to.equal('the disk is gone');
    expect(await opm.run('why', 'app')).to.include('the disk is gone');
    await opm.killDaemon();
    await opm.run('daemon', 'start');
    expect(await opm.run('info', 'app')).to.include('the disk is gone');
  });

  it('a program that is to be asked by message shuts down by itself, also under another daemon', async () => {
    const text = "process.on('message', (text) => text === 'shutdown' && process.exit(5));";
    await start({ script: script('m.js', text), shutdown_with_message: true });
    await opm.killDaemon();
    await opm.run('stop', 'app');
    expect((await opm.row('app')).lastExit).to.include({ code: 5, signal: null });
  });

  it('counters survive a restore', async () => {
    await start({ script: script('app.sh', SLEEPER) });
    await opm.run('restart', 'app');
    await opm.run('kill');
    await opm.run('restore');
    expect((await opm.row('app')).restarts).to.equal(1);
  });

  it('a daemon that looks after every policy and finds nothing writes nothing', async () => {
    const looks = join(tempHome(), 'looks');
    writeFileSync(looks, '');
    const asked = (): number => readFileSync(looks, 'utf8').length;
    await start({
      script: script('app.sh', SLEEPER),
      max_memory_restart: '1G',
      memory_interval: 50,
      health: { command: `printf . >> ${looks}`, interval: 50 },
      watch: [opm.home],
      cron_restart: '0 0 1 1 *',
    });
    await eventually('it looks after its health', () => asked() > 0);
    const [before, first] = [await opm.events(), asked()];
    await eventually('it has looked twenty times', () => asked() >= first + 20);
    expect(await opm.events()).to.have.length(before.length);
  });
});

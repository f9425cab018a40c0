import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { Opm, rostersIn } from '../support/opm.js';
import { cleanUp } from '../support/programs.js';

describe('ready means ready', () => {
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

  /** An app file with these apps. */
  const file = (...apps: readonly object[]): string => {
    const path = join(opm.home, 'ready.json');
    writeFileSync(path, JSON.stringify({ apps }));
    return path;
  };

  /** Starts without waiting for the command; resolves with its exit code. */
  const starting = (...args: string[]): Promise<number> =>
    opm.call('start', ...args).then(({ code }) => code);

  const go = () => join(opm.home, 'go');
  const waitForGo = (then: string): string =>
    `#!/bin/sh\nuntil [ -e ${go()} ]; do sleep 0.02; done\n${then}\nexec sleep 1000\n`;
  const NODE_PROGRAM = `
    setInterval(() => {}, 1000);
    process.on('disconnect', () => process.exit(9));
    const look = setInterval(() => {
      if (!require('node:fs').existsSync(process.argv[2])) return;
      clearInterval(look);
      (SAY)();
    }, 20);`;
  const node = (name: string, say: string) => script(name, NODE_PROGRAM.replace('SAY', say));
  const listen = `() => require('node:http').createServer((_, answer) => { answer.statusCode = 200; answer.end(); }).listen(Number(process.argv[3]))`;
  const freePort = (): number => 20_000 + Math.floor(Math.random() * 20_000);

  const ways: readonly (readonly [string, () => object])[] = [
    [
      "process.send('ready')",
      () => ({
        script: node('m.js', "() => process.send('ready')"),
        args: [go()],
        wait_ready: true,
        // A busy machine may need longer than the default to start Node.
        listen_timeout: '30s',
      }),
    ],
    [
      'a newline on a descriptor',
      () => ({ script: script('fd.sh', waitForGo('echo >&3')), ready: { descriptor: 3 } }),
    ],
    [
      'a line of output',
      () => ({
        script: script('out.sh', waitForGo('echo nothing yet; echo listening on 80')),
        ready: { output: '^listening on \\d+$', interval: 50 },
      }),
    ],
    [
      'a command',
      () => ({
        script: script('cmd.sh', waitForGo('')),
        ready: { command: `test -e ${go()}`, interval: 50 },
      }),
    ],
    [
      'a TCP port',
      () => {
        const port = freePort();
        const args = [go(), String(port)];
        return { script: node('t.js', listen), args, ready: { tcp: port, interval: 50 } };
      },
    ],
    [
      'an HTTP status',
      () => {
        const port = freePort();
        const http = `http://127.0.0.1:${port}/health`;
        const args = [go(), String(port)];
        return { script: node('h.js', listen), args, ready: { http, interval: 50 } };
      },
    ],
  ];

  for (const [how, app] of ways) {
    it(`a program is launching until it is ready by ${how}`, async () => {
      const started = starting(file({ name: 'app', ...app() }));
      await eventually('it runs', async () => (await opm.rows())[0]?.pid);
      const before = await opm.row('app');
      expect(before).to.include({ status: 'launching', ready: false });
      writeFileSync(go(), '');
      expect(await started).to.equal(0);
      expect(await opm.row('app')).to.include({ status: 'online', ready: true, pid: before.pid });
    });
  }

  for (const [how, app] of ways.slice(0, 4)) {
    it(`the death of a daemon changes nothing for a program that gets ready by ${how}`, async () => {
      const started = starting(file({ name: 'app', ...app() }));
      const before = await eventually('it runs', async () => {
        const row = (await opm.rows())[0];
        return row?.pid ? row : null;
      });
      await opm.killDaemon();
      await opm.run('daemon', 'start');
      writeFileSync(go(), '');
      expect(await started).to.equal(0);
      await opm.killDaemon();
      await opm.run('daemon', 'start');
      expect(await opm.row('app')).to.include({ status: 'online', ready: true, pid: before.pid });
    });
  }

  it('a program that got ready while no daemon lived is ready at once', async () => {
    const ready = { descriptor: 3 };
    void starting(file({ name: 'app', script: script('fd.sh', waitForGo('echo >&3')), ready }));
    await opm.status('app', 'launching');
    const { pid } = await eventually('it runs', async () => {
      const row = await opm.row('app');
      return row.pid === null ? null : row;
    });
    await opm.killDaemon();
    writeFileSync(go(), '');
    await eventually('its launcher has written so', () =>
      [...opm.runFiles().values()].some((text) => /^ready \d+$/m.test(text)),
    );
    await opm.run('daemon', 'start');
    expect(await opm.row('app')).to.include({ status: 'online', ready: true, pid });
  });

  it('start fails with the last error output when a program does not get ready, and leaves it running', async () => {
    const text = '#!/bin/sh\necho no database >&2\nexec sleep 1000\n';
    const app = { name: 'app', script: script('never.sh', text) };
    const called = await opm.call(
      'start',
      file({ ...app, ready: { descriptor: 3, timeout: 300 } }),
      '--wait',
    );
    expect(called.code).to.equal(1);
    expect(called.stderr).to.include('no database').and.include('not ready within 300 ms');
    expect(await opm.row('app')).to.include({ status: 'online', ready: false });
    const types = await opm.eventTypes();
    expect(types).to.include('ReadinessOverdue').and.include('ErrorOutputNoted');
  });

  it('restore waits until everything is ready, and says of what is not why', async () => {
    const apps = [
      { name: 'good', script: script('good.sh', waitForGo('echo >&3')), ready: { descriptor: 3 } },
      {
        name: 'bad',
        script: script('bad.sh', `#!/bin/sh\n[ -e ${go()}.bad ] || echo >&3\nexec sleep 1000\n`),
        ready: { descriptor: 3, timeout: 500 },
      },
    ];
    writeFileSync(go(), '');
    await opm.run('start', file(...apps));
    await opm.run('kill');
    rmSync(go());
    writeFileSync(`${go()}.bad`, '');
    const restored = opm.call('restore');
    await opm.status('bad', 'online');
    expect((await opm.row('good')).status).to.equal('launching');
    writeFileSync(go(), '');
    const { code, stdout } = await restored;
    expect(code).to.equal(1);
    expect(stdout).to.match(/bad.*it was not ready within 500 ms/);
    expect((await opm.row('good')).status).to.equal('online');
  });

  it('apps start in the order of what they depend on and stop in reverse, across the death of a daemon', async function () {
    this.timeout(60_000);
    const journal = join(opm.home, 'journal');
    const member = (name: string, depends_on: string[]) => ({
      name,
      depends_on,
      script: script(
        `${name}.sh`,
        `#!/bin/sh\ntrap 'echo ${name} down >>${journal}; exit 0' TERM\necho ${name} up >>${journal}\nsleep 0.2\necho >&3\nwhile :; do sleep 0.02; done\n`,
      ),
      ready: { descriptor: 3 },
    });
    await opm.run('start', file(member('web', ['api']), member('api', ['db']), member('db', [])));
    const lines = (): string[] => readFileSync(journal, 'utf8').trim().split('\n');
    expect(lines()).to.deep.equal(['db up', 'api up', 'web up']);
    await opm.run('stop', 'all');
    expect(lines().slice(3)).to.deep.equal(['web down', 'api down', 'db down']);
    await opm.run('start', 'all');
    await opm.run('kill');
    expect(lines().slice(9)).to.deep.equal(['web down', 'api down', 'db down']);
    rmSync(journal);
    const restored = opm.call('restore');
    await eventually('the first is up', () => existsSync(journal));
    await opm.killDaemon();
    expect((await restored).code).to.equal(0);
    expect(lines()).to.deep.equal(['db up', 'api up', 'web up']);
    await opm.run('history', 'audit');
  });

  it('incident 3: what waits for another one is started once, whatever is killed meanwhile', async () => {
    const [roster] = rostersIn(opm, 1);
    const db = { name: 'db', script: script('db.sh', waitForGo('echo >&3')) };
    const web = { name: 'web', script: roster!.script, args: [roster!.file], depends_on: ['db'] };
    void starting(file(web, { ...db, ready: { descriptor: 3 } }));
    await eventually('db runs', async () => (await opm.rows())[1]?.pid);
    await opm.killDaemon();
    writeFileSync(go(), '');
    await opm.run('daemon', 'start');
    await opm.status('web', 'online');
    expect(roster!.started()).to.have.length(1);
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Row } from '../../src/projections/process-table.js';
import { eventually } from '../support/eventually.js';
import { expectOneEach, Opm, rostersIn } from '../support/opm.js';
import { cleanUp, strays } from '../support/programs.js';

describe('what is asked of the manager', () => {
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
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  };

  const startRosters = async (count: number) => {
    const rosters = rostersIn(opm, count);
    await opm.run('start', opm.appFile(rosters));
    return rosters;
  };

  it('incident 11: what was deleted or stopped does not come back with a restore', async () => {
    const [kept, stopped, deleted] = await startRosters(3);
    await opm.run('stop', 'app1');
    await opm.run('delete', 'app2');
    await opm.run('kill');
    await opm.run('restore');
    await expectOneEach(opm, [kept!]);
    expect(stopped!.living()).to.have.length(0);
    expect(deleted!.living()).to.have.length(0);
    expect((await opm.row('app1')).status).to.equal('stopped');
  });

  it('incident 15: three restarts of all at once leave one each', async function () {
    this.timeout(60_000);
    const rosters = await startRosters(5);
    await Promise.all([1, 2, 3].map(() => opm.run('restart', 'all')));
    await expectOneEach(opm, rosters);
    await opm.run('history', 'audit');
  });

  it('incident 15: the last accepted of a stop and a start wins', async () => {
    const [roster] = await startRosters(1);
    await Promise.all([
      opm.call('restart', 'app0'),
      opm.call('stop', 'app0'),
      opm.call('restart', 'app0'),
    ]);
    const row = await eventually('it has settled', async () => {
      const now = await opm.row('app0');
      return now.status === 'online' || now.status === 'stopped' ? now : null;
    });
    const expected = (row as Row).wanted === 'up' ? 1 : 0;
    await eventually('the kernel agrees', () => roster!.living().length === expected);
  });

  it('deleting a process that waits for its restart leaves nothing', async () => {
    await opm.call('start', script('fails', 'exit 1'), '--name', 'fails', '--restart-delay', '1h');
    await opm.status('fails', 'waiting restart');
    await opm.run('delete', 'fails');
    expect(await opm.rows()).to.deep.equal([]);
  });

  it('scaling an app leaves what was stopped of it stopped, and succeeds', async () => {
    await opm.run('start', 'exec sleep 1000', '--name', 'web', '--instances', '2');
    await opm.run('stop', 'web');
    await opm.run('scale', 'web', '3');
    const statuses = (await opm.rows()).map((row) => row.status);
    expect(statuses).to.deep.equal(['stopped', 'stopped', 'online']);
  });

  it('incident 18: a retry loop around a program is stopped as a whole', async () => {
    const [roster] = rostersIn(opm, 1);
    const loop = `while :; do ${roster!.script} ${roster!.file}; done`;
    await opm.run('start', loop, '--name', 'loop');
    await eventually('the program is up', () => roster!.living().length === 1);
    await opm.run('stop', 'loop');
    expect(roster!.living()).to.have.length(0);
    expect(strays(opm.home)).to.deep.equal([]);
  });

  it('incident 18: a script that ends in exec is one process, and restarts to one', async () => {
    const [roster] = rostersIn(opm, 1);
    const start = script('start.sh', `exec ${roster!.script} ${roster!.file}`);
    await opm.run('start', start, '--name', 'server');
    await opm.run('restart', 'server');
    const living = roster!.living();
    expect(living).to.have.length(1);
    expect((await opm.row('server')).pid).to.equal(living[0]!.pid);
  });

  it('incident 20: a program that ignores SIGTERM is killed at its deadline, never two at once', async () => {
    const [roster] = rostersIn(opm, 1);
    const deaf = `trap '' TERM; ${roster!.script} ${roster!.file} & while :; do wait; done`;
    await opm.run('start', deaf, '--name', 'deaf', '--kill-timeout', '300ms');
    await eventually('it is up', () => roster!.living().length === 1);
    await opm.run('restart', 'deaf');
    await eventually('the next one is up', () => roster!.started().length === 2);
    expect(roster!.living()).to.have.length(1);
    expect((await opm.row('deaf')).lastExit).to.include({ code: null, signal: 'SIGKILL' });
  });

  it('incident 21: one script under two names, and one name in two namespaces, are kept apart', async () => {
    const [one, two, three] = rostersIn(opm, 3);
    await opm.run('start', one!.script, '--name', 'a', '--', one!.file);
    await opm.run('start', one!.script, '--name', 'b', '--', two!.file);
    await opm.run('start', one!.script, '--name', 'a', '--namespace', 'other', '--', three!.file);
    await opm.run('stop', 'other/a');
    expect([one, two, three].map((roster) => roster!.living().length)).to.deep.equal([1, 1, 0]);
    const logs = (await opm.rows()).map((row) => row.logs.out);
    expect(new Set(logs).size).to.equal(3);
  });

  it('incident 22: a script behind a symlink is itself', async () => {
    const [roster] = rostersIn(opm, 1);
    const link = join(opm.home, 'link');
    symlinkSync(roster!.script, link);
    await opm.run('start', link, '--name', 'linked', '--', roster!.file);
    await opm.killDaemon();
    await opm.run('restore');
    expect(roster!.started()).to.have.length(1);
  });

  const ends: readonly (readonly [
    string,
    string,
    { code: number | null; signal: string | null },
  ])[] = [
    ['exit 0', 'exit 0', { code: 0, signal: null }],
    ['exit 3', 'exit 3', { code: 3, signal: null }],
    ['exit 137', 'exit 137', { code: 137, signal: null }],
    ['SIGTERM', 'kill -TERM $$', { code: null, signal: 'SIGTERM' }],
    ['SIGKILL', 'kill -KILL $$', { code: null, signal: 'SIGKILL' }],
  ];

  it('incident 23: every end is recorded as what it was', async () => {
    for (const [name, command] of ends) {
      await opm.call('start', script(name.replace(' ', '-'), command), '--no-autorestart');
    }
    for (const [name, , expected] of ends) {
      const row = await opm.status(name.replace(' ', '-'), 'stopped');
      expect(row.lastExit, name).to.include(expected);
    }
  });

  it('incident 23: every end without a daemon is recorded as what it was', async () => {
    const go = join(opm.home, 'go');
    for (const [name, command] of ends) {
      const wait = `until [ -e ${go} ]; do sleep 0.05; done\n${command}`;
      await opm.run('start', script(name.replace(' ', '-'), wait), '--no-autorestart');
    }
    await opm.run('daemon', 'stop');
    writeFileSync(go, '');
    await eventually('all have ended', () => strays(opm.home).length === 0);
    await opm.run('daemon', 'start');
    for (const [name, , expected] of ends) {
      expect((await opm.row(name.replace(' ', '-'))).lastExit, name).to.include(expected);
    }
  });

  it('incident 24: a crash loop is given up after exactly its restarts, also after the daemon was killed', async () => {
    const count = join(opm.home, 'count');
    const crash = script('crash', `echo x >> ${count}; exit 1`);
    await opm.call('start', crash, '--max-restarts', '3');
    await opm.status('crash', 'errored');
    expect(readFileSync(count, 'utf8')).to.equal('x\nx\nx\nx\n');
    await opm.killDaemon();
    await opm.run('daemon', 'start');
    expect((await opm.row('crash')).status).to.equal('errored');
    expect((await opm.row('crash')).restarts).to.equal(3);
  });

  it('incident 26: ids and log files are never handed to another app', async () => {
    await opm.run('start', 'echo first; exec sleep 1000', '--name', 'x');
    const before = await opm.row('x');
    await opm.run('delete', 'x');
    await opm.run('start', 'echo second; exec sleep 1000', '--name', 'x');
    const after = await opm.row('x');
    expect(after.id).to.not.equal(before.id);
    const log = join(opm.home, 'logs', after.logs.out);
    await eventually('it has written', () => readFileSync(log, 'utf8') !== '');
    expect(readFileSync(log, 'utf8')).to.equal('second\n');
    expect(readFileSync(`${log}.before-${after.id}`, 'utf8')).to.equal('first\n');
  });

  it('an atomic restore stops what it started when one fails', async () => {
    const [roster] = await startRosters(1);
    const flag = join(opm.home, 'flag');
    await opm.run(
      'start',
      `[ -e ${flag} ] && exit 1; exec sleep 1000`,
      '--name',
      'later',
      '--no-autorestart',
    );
    await opm.run('kill');
    writeFileSync(flag, '');
    const { code } = await opm.call('restore', '--atomic');
    expect(code).to.equal(1);
    expect(roster!.living()).to.have.length(0);
    expect((await opm.row('app0')).wanted).to.equal('up');
  });

  it('a program that has done its work keeps no restore from being complete', async () => {
    await opm.run('start', 'true', '--name', 'job', '--no-autorestart');
    await opm.run('start', 'exec sleep 1000', '--name', 'web');
    await opm.run('kill');
    const report = await opm.run('restore', '--atomic');
    expect(report).to.include('2 of 2 up');
    await opm.status('web', 'online');
    await opm.status('job', 'stopped');
  });

  it('restores what was wanted at a label, deleted apps included', async () => {
    const rosters = await startRosters(2);
    await opm.run('save', 'both');
    await opm.run('delete', 'all');
    await opm.run('restore', '--from', 'both');
    await expectOneEach(opm, rosters);
  });

  it('a daemon started from inside a managed program belongs to nobody’s run', async () => {
    const inner = new Opm();
    mkdirSync(inner.home, { recursive: true });
    const [roster] = rostersIn(inner, 1);
    const bin = new URL('../../bin/run.js', import.meta.url).pathname;
    const command = `OPM_HOME=${inner.home} ${process.execPath} ${bin} start ${roster!.script} --name inner -- ${roster!.file}; exec sleep 1000`;
    await opm.run('start', command, '--name', 'outer');
    await eventually('the inner program is up', () => roster!.living().length === 1);
    await opm.run('stop', 'outer');
    expect(roster!.living()).to.have.length(1);
    expect(await inner.daemonPid()).to.be.a('number');
    await inner.end();
  });
});

describe('bad input', () => {
  let opm: Opm;

  beforeEach(() => {
    opm = new Opm();
  });

  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  const cases: readonly (readonly [string, readonly string[], string, number])[] = [
    ['an unknown target', ['stop', 'nobody'], 'UNKNOWN_TARGET', 1],
    ['an app file that is not there', ['apply', 'none.yaml'], 'BAD_FILE', 1],
    ['an app file that is not there, to stop,', ['stop', 'none.yaml'], 'UNKNOWN_TARGET', 1],
    ['a folder for an app file', ['apply', '.'], 'BAD_FILE', 1],
    ['an import into a home in use', ['history', 'import', 'none.ndjson'], 'HOME_NOT_EMPTY', 1],
    ['a missing script', ['start', './missing.js'], 'SCRIPT_NOT_FOUND', 1],
    [
      'a missing interpreter',
      ['start', 'x.js', '--interpreter', 'no-such-program'],
      'INTERPRETER_NOT_FOUND',
      1,
    ],
    ['a missing folder', ['start', 'sleep', '--cwd', '/no/such/folder'], 'CWD_NOT_USABLE', 1],
    ['a folder for a script', ['start', '.'], 'SCRIPT_NOT_FOUND', 1],
    ['a name that is too long', ['start', 'sleep', '--name', 'x'.repeat(129)], 'BAD_REQUEST', 1],
    ['an unknown flag', ['list', '--nonsense'], 'BAD_USAGE', 2],
    ['a seq that is no number', ['history', 'show', 'x'], 'BAD_USAGE', 2],
    ['an end before its beginning', ['history', '--since', '9', '--until', '2'], 'BAD_TIME', 1],
    ['an empty target', ['flush', ''], 'BAD_TARGET', 1],
    ['a duration that is none', ['start', 'sleep', '--min-uptime', 'soon'], 'BAD_USAGE', 2],
    ['a variable without a value', ['start', 'sleep', '--env', 'PORT'], 'BAD_USAGE', 2],
    ['a seq outside the log', ['history', 'replay', '--at', '99999'], 'AT_OUTSIDE_LOG', 1],
    ['an unknown label', ['restore', '--from', 'never'], 'UNKNOWN_LABEL', 1],
    ['an unknown signal', ['signal', 'NONSENSE', 'all'], 'BAD_SIGNAL', 1],
    ['an unknown key in a file', ['start', 'bad.json'], 'BAD_FILE', 1],
  ];

  for (const [what, args, code, exit] of cases) {
    it(`${what} is an error with a code and a hint, and nothing is started`, async () => {
      writeFileSync(join(opm.home, 'x.js'), '');
      writeFileSync(join(opm.home, 'bad.json'), '{"apps": [{"script": "x.js", "instancez": 2}]}');
      await opm.run('daemon', 'start');
      const called = await opm.call(...args, '--json');
      expect(called.code).to.equal(exit);
      const { error } = JSON.parse(called.stdout);
      expect(error.code).to.equal(code);
      expect(error.message).to.be.a('string').that.is.not.empty;
      expect(error.hint).to.be.a('string').that.is.not.empty;
      expect(await opm.rows()).to.deep.equal([]);
    });
  }

  it('a file that is not there is told by every verb that takes one', async () => {
    await opm.run('daemon', 'start');
    for (const verb of [
      'apply',
      'validate',
      'import',
      'start',
      'stop',
      'restart',
      'reload',
      'delete',
    ]) {
      const { stdout } = await opm.call(verb, 'none.yaml', '--json');
      expect(JSON.parse(stdout).error.message, verb).to.match(/there is no (such )?file.* in \//);
    }
  });

  for (const [verb, ...args] of [['start', 'sleep'], ['list'], ['history']]) {
    it(`a home that is a file is refused by ${verb}`, async () => {
      const file = join(opm.home, 'file');
      writeFileSync(file, '');
      const { code, stdout } = await new Opm(file).call(verb!, ...args, '--json');
      expect(code).to.equal(1);
      expect(JSON.parse(stdout).error.code).to.equal('HOME_NOT_A_DIRECTORY');
    });
  }

  it('a second daemon says who holds the log', async () => {
    await opm.run('daemon', 'start');
    const pid = await opm.daemonPid();
    const { code, stderr } = await opm.call('daemon', 'run');
    expect(code).to.equal(1);
    expect(stderr).to.include('LOG_LOCKED').and.include(String(pid));
  });

  it('an unknown command suggests the nearest one, and is wrong usage', async () => {
    const { code, stdout } = await opm.call('restor', '--json');
    expect(code).to.equal(2);
    expect(JSON.parse(stdout).error).to.include({ hint: 'did you mean "opm restore"?' });
  });

  it('a command of two words is found with a colon between them too', async () => {
    const status = JSON.parse(await opm.run('daemon:status', '--json'));
    expect(status).to.include({ home: opm.home });
  });

  it('an unknown flag suggests the nearest one', async () => {
    const { code, stderr } = await opm.call('start', 'sleep', '--nmae', 'web');
    expect(code).to.equal(2);
    expect(stderr).to.include('did you mean --name?');
  });

  it('incident 28: on a full disk there is a clear error, running programs go on, and nothing is lost', async function () {
    this.timeout(120_000);
    const mounted = join(opm.home, 'small');
    mkdirSync(mounted);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', mounted]).status !== 0)
      this.skip();
    const small = new Opm(mounted);
    try {
      const [roster] = rostersIn(opm, 1);
      await small.run('start', roster!.script, '--name', 'kept', '--', roster!.file);
      spawnSync('dd', ['if=/dev/zero', `of=${join(mounted, 'fill')}`, 'bs=64k']);
      const { code, stderr } = await small.call('start', 'sleep', '--name', 'late', '--', '1000');
      expect(code, stderr).to.equal(1);
      expect(stderr).to.include('LOG_WRITE_FAILED');
      expect(await small.rows()).to.have.deep.nested.property('[0].status', 'online');
      expect(roster!.living()).to.have.length(1);
      rmSync(join(mounted, 'fill'));
      await small.run('restart', 'kept');
      expect(roster!.living()).to.have.length(1);
      await small.run('history', 'audit');
    } finally {
      rmSync(join(mounted, 'fill'), { force: true });
      await small.end();
      spawnSync('umount', ['-l', mounted]);
    }
  });

  it('a malformed and an oversized body on the socket are refused', async () => {
    await opm.run('daemon', 'start');
    const curl = (body: string): string =>
      execFileSync(
        'curl',
        [
          '-s',
          '--unix-socket',
          join(opm.home, 'opm.sock'),
          '-H',
          'Idempotency-Key: k',
          '--data-binary',
          '@-',
          'http://opm/v1/processes/stop',
        ],
        { input: body, encoding: 'utf8' },
      );
    expect(JSON.parse(curl('{nonsense')).error.code).to.equal('BAD_REQUEST');
    expect(JSON.parse(curl('{"targets": "all"}')).error.message).to.include('targets');
    const large = JSON.stringify({ targets: ['x'.repeat(9 * 1024 * 1024)] });
    expect(JSON.parse(curl(large)).error.code).to.equal('BODY_TOO_LARGE');
  });
});

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PlannedApp } from '../../src/domain/request.js';
import type { Row } from '../../src/projections/process-table.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, expectOneEach, Opm, rostersIn } from '../support/opm.js';
import type { Roster } from '../support/programs.js';

interface Applied {
  readonly plan: readonly PlannedApp[];
  readonly applied: boolean;
}

describe('app files', () => {
  let opm: Opm;
  beforeEach(() => {
    opm = new Opm();
  });
  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  const write = (name: string, content: unknown): string => {
    const path = join(opm.home, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const appOf = (roster: Roster, change: object = {}) => ({
    name: roster.name,
    script: roster.script,
    args: [roster.file],
    ...change,
  });
  const environOf = (row: Row): string[] =>
    readFileSync(`/proc/${row.pid}/environ`, 'utf8').split('\0');

  it('applying a file twice starts each app once, and the second time does nothing', async () => {
    const rosters = rostersIn(opm, 2);
    const file = write('opm.config.json', { apps: rosters.map((roster) => appOf(roster)) });
    await opm.run('apply', file, '--yes');
    await expectOneEach(opm, rosters);
    const before = (await opm.rows()).map(({ pid }) => pid);
    const again = await opm.json<Applied>('apply', file, '--yes');
    expect(again).to.deep.include({ applied: false });
    expect((await opm.rows()).map(({ pid }) => pid)).to.deep.equal(before);
  });

  it('a plan that nobody says yes to changes nothing', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    const file = write('opm.config.json', { apps: [appOf(roster)] });
    expect(await opm.run('apply', file, '--dry-run')).to.include('+ default/app0');
    expect((await opm.json<{ error: { code: string } }>('apply', file)).error.code).to.equal(
      'NEEDS_YES',
    );
    expect(roster.started()).to.deep.equal([]);
    expect(await opm.rows()).to.deep.equal([]);
  });

  it('a changed file restarts only what it changes, and prunes what it defines no more', async () => {
    const [kept, changed, dropped] = rostersIn(opm, 3) as [Roster, Roster, Roster];
    const file = write('opm.config.yaml', { apps: [kept, changed, dropped].map((r) => appOf(r)) });
    await opm.run('apply', file, '--yes');
    const { pid } = await opm.row(kept.name);
    write('opm.config.yaml', { apps: [appOf(kept), appOf(changed, { env: { PORT: 81 } })] });
    const { plan } = await opm.json<Applied>('apply', file, '--yes', '--prune');
    expect(plan.map(({ app, does, runs }) => [app, does, runs])).to.deep.equal([
      ['default/app0', 'keep', 'stay'],
      ['default/app1', 'change', 'restart'],
      ['default/app2', 'remove', 'stop'],
    ]);
    await expectOneEach(opm, [kept, changed]);
    expect((await opm.row(kept.name)).pid).to.equal(pid);
    expect(changed.started()).to.have.length(2);
    expect(dropped.living()).to.deep.equal([]);
  });

  it('start, restart, reload, stop and delete take a file, and --only some of its apps', async () => {
    const [one, two] = rostersIn(opm, 2) as [Roster, Roster];
    const file = write(
      'ecosystem.config.cjs',
      `module.exports = ${JSON.stringify({
        apps: [appOf(one, { instances: 2 }), appOf(two)],
      })}`,
    );
    await opm.run('start', file, '--only', 'app1');
    await expectOneEach(opm, [two]);
    await opm.run('start', file);
    expect(two.started(), 'what runs is left alone').to.have.length(1);
    expect(one.living()).to.have.length(2);
    await opm.run('restart', file, '--only', 'app1');
    expect(two.started()).to.have.length(2);
    await opm.run('reload', file, '--only', 'app0');
    expect(one.started()).to.have.length(4);
    expect(one.living()).to.have.length(2);
    await opm.run('stop', file);
    expect([...one.living(), ...two.living()]).to.deep.equal([]);
    await opm.run('startOrReload', file);
    expect([one.living().length, two.living().length]).to.deep.equal([2, 1]);
    await opm.run('delete', file);
    expect(await opm.rows()).to.deep.equal([]);
    const unknown = await opm.json<{ error: { message: string; hint: string } }>(
      ...['start', file, '--only', 'app00'],
    );
    expect(unknown.error.message).to.include('has no app "app00"');
  });

  it('a reload that fails leaves the instances after it on their old definition', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    const file = write('opm.config.json', { apps: [appOf(roster, { instances: 2 })] });
    await opm.run('start', file);
    const [, second] = await opm.rows();
    const broken = { script: '/bin/false', autorestart: false, instances: 2, name: 'app0' };
    write('opm.config.json', { apps: [broken] });
    expect((await opm.call('reload', file)).code).to.equal(1);
    expect(roster.living().map(({ pid }) => pid)).to.deep.equal([second?.pid]);
  });

  it('a reload is the daemon’s: it goes on when the command and the daemon are killed midway', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    const app = appOf(roster, { instances: 3, ready: { command: 'sleep 1' } });
    await opm.run('start', write('opm.config.json', { apps: [app] }));
    const client = opm.spawn('reload', 'app0');
    await eventually('the first of them is restarted', () => roster.started().length === 4);
    client.kill('SIGKILL');
    await opm.killDaemon();
    expect(roster.living().length, 'one of them at a time').to.be.within(2, 3);
    await opm.run('daemon', 'start');
    await eventually('all of them are restarted', () => roster.started().length === 6);
    await eventually('it is completed', async () =>
      (await opm.eventTypes()).includes('ReloadCompleted'),
    );
    expect(roster.living()).to.have.length(3);
    expect(roster.started()).to.have.length(6);
  });

  it('a variable that is gone is gone, and a .env file is read again at every restart', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    write('.env', 'FROM_FILE=1\nBOTH=file\n');
    const env = { BOTH: 'env', OLD: 'yes' };
    const file = write('opm.config.json', { apps: [appOf(roster, { env, env_file: '.env' })] });
    await opm.run('start', file);
    expect(environOf(await opm.row('app0'))).to.include.members([
      'FROM_FILE=1',
      'BOTH=env',
      'OLD=yes',
    ]);
    write('.env', 'FROM_FILE=2\n');
    await opm.run('restart', 'app0');
    expect(environOf(await opm.row('app0'))).to.include('FROM_FILE=2');
    write('opm.config.json', { apps: [appOf(roster, { env: { BOTH: 'env' }, env_file: '.env' })] });
    await opm.run('apply', file, '--yes');
    expect(environOf(await opm.row('app0')).filter((line) => line.startsWith('OLD'))).to.be.empty;
  });

  it('a .env file that is missing at a start is why it fails', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    write('.env', 'A=1\n');
    const file = write('opm.config.json', { apps: [appOf(roster, { env_file: '.env' })] });
    await opm.run('start', file);
    rmSync(join(opm.home, '.env'));
    await opm.call('stop', 'app0');
    expect((await opm.call('start', 'app0')).code).to.equal(1);
    const row = await eventually('the failure is recorded', async () => {
      const found = await opm.row('app0');
      return found.lastExit?.reason.includes('.env') ? found : null;
    });
    expect((row as Row).pid).to.equal(null);
    expect(roster.started()).to.have.length(1);
  });

  it('secrets reach the program, and neither the log, the list, nor any plan', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    const env = { API_KEY: 'hunter2-in-env', CODE: 'hunter2-declared', PORT: '80' };
    const file = write('opm.config.json', { apps: [appOf(roster, { env, secrets: ['CODE'] })] });
    const said = [
      await opm.run('apply', file, '--yes'),
      await opm.run('start', roster.script, '--name', 'b', '--env', 'TOKEN=hunter2-typed'),
      await opm.run('env', 'app0'),
      await opm.run('info', 'app0', '--json'),
      await opm.run('history', '--json'),
    ];
    const environ = environOf(await opm.row('app0'));
    expect(environ).to.include('API_KEY=hunter2-in-env').and.include('CODE=hunter2-declared');
    await opm.run('adjust', 'app0', 'env.CODE=hunter2-adjusted', 'env.API_KEY=hunter2-adjusted');
    env.API_KEY = 'hunter2-new';
    write('opm.config.json', { apps: [appOf(roster, { env, secrets: ['CODE'] })] });
    const plan = await opm.run('apply', file, '--yes');
    expect(plan).to.include('env.API_KEY: *** → ***');
    expect([...said, plan].join('\n')).to.not.include('hunter2');
    expect(environOf(await opm.row('app0'))).to.include('API_KEY=hunter2-new');
    await opm.run('daemon', 'stop');
    for (const name of readdirSync(join(opm.home, 'log')))
      expect(readFileSync(join(opm.home, 'log', name), 'latin1'), name).to.not.include('hunter2');
  });

  const bad: readonly (readonly [string, string, string, string])[] = [
    ['no JSON', 'a.json', '{', 'line 1'],
    ['no YAML', 'a.yaml', 'apps: [', 'line 1'],
    ['no TOML', 'a.toml', '[[apps', 'line 1'],
    ['code that throws', 'a.config.mjs', 'throw new Error("boom")', 'boom'],
    [
      'an unknown key',
      'a.yml',
      'apps:\n- {script: sleep 9, intances: 2}',
      'did you mean "instances"',
    ],
    [
      'a wrong type',
      'a.toml',
      '[[apps]]\nscript = "sleep 9"\nmax_restarts = "x"',
      'apps[0].max_restarts',
    ],
    ['a missing script', 'a.json', '{"apps":[{"script":"./none.js"}]}', 'none.js'],
  ];
  it('a bad file is refused with its name and the place, and nothing is started', async () => {
    for (const [what, name, content, expected] of bad) {
      const file = write(name, content);
      const { error } = await opm.json<{ error: { message: string } }>('apply', file, '--yes');
      expect(error.message, what).to.include(name).and.to.include(expected);
    }
    expect(await opm.rows()).to.deep.equal([]);
  });

  it('a check, a plan and an apply refuse a file for the same reasons, and nothing is started', async () => {
    const apps = {
      'is defined twice': [{ name: 'a' }, { name: 'a' }],
      'in a circle: default/a -> default/b': [
        { name: 'a', depends_on: 'b' },
        { name: 'b', depends_on: 'a' },
      ],
      'depends on "none"': [{ name: 'a', depends_on: 'none' }],
      'name "a/b"': [{ name: 'a/b' }],
      'none.env cannot be read (missing)': [{ name: 'a', env_file: 'none.env' }],
    };
    for (const [expected, described] of Object.entries(apps)) {
      const content = described.map((app) => ({ script: 'sleep 9', ...app }));
      const file = write('bad.json', { apps: content });
      const asked = [
        ['validate', file],
        ['apply', file, '--dry-run'],
        ['apply', file, '--yes'],
      ];
      for (const line of asked) {
        const { error } = await opm.json<{ error: { message: string } }>(...line);
        expect(error.message, line.join(' ')).to.include(file).and.to.include(expected);
      }
    }
    expect(await opm.rows()).to.deep.equal([]);
  });
});

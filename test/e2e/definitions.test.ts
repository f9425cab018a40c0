import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openVault } from '../../src/platform/vault.js';
import { cleanUp, expectOneEach, Opm, rostersIn } from '../support/opm.js';
import type { Roster } from '../support/programs.js';

interface Failed {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

describe('definitions that are exported, imported and adjusted', () => {
  let opm: Opm;
  beforeEach(() => {
    opm = new Opm();
  });
  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  const path = (name: string): string => join(opm.home, name);

  it('an export in each format, applied again, changes nothing; secrets stay secret', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    const env = ['--env', 'PORT=80', '--env', 'API_KEY=hunter2'];
    await opm.run('start', roster.script, '-n', 'app0', ...env, '--', roster.file);
    for (const name of ['a.json', 'a.yaml', 'a.toml', 'a.hcl', 'a.config.mjs', 'a.config.ts']) {
      await opm.run('export', 'all', path(name));
      expect(readFileSync(path(name), 'utf8'), name).to.not.include('hunter2');
      const { plan } = await opm.json<{ plan: { changes: { key: string }[] }[] }>(
        ...['apply', path(name), '--yes'],
      );
      expect(
        plan[0]?.changes.map(({ key }) => key),
        name,
      ).to.deep.equal(['source']);
    }
    await expectOneEach(opm, [roster]);
    expect(roster.started()).to.have.length(1);
    const kept = await opm.json<Failed>('export', 'all', path('a.json'));
    expect(kept.error.code).to.equal('FILE_EXISTS');
  });

  it('an export with secrets defines the same apps in another home', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    await opm.run(
      'start',
      roster.script,
      '-n',
      'app0',
      '--env',
      'API_KEY=hunter2',
      '--',
      roster.file,
    );
    await opm.run('export', path('all.json'), '--secrets');
    await opm.run('export', path('names.json'));
    await opm.run('delete', 'all');
    expect(statSync(path('all.json')).mode & 0o777).to.equal(0o600);
    const other = new Opm();
    try {
      const refused = await other.json<Failed>('import', path('names.json'));
      expect(refused.error.code).to.equal('SECRET_MISSING');
      await other.run('import', path('all.json'));
      const row = await other.row('app0');
      expect(readFileSync(`/proc/${row.pid}/environ`, 'utf8')).to.include('API_KEY=hunter2');
      expect(roster.living()).to.have.length(1);
    } finally {
      await other.end();
    }
  });

  it('the predecessor’s file is imported, and its processes run once each', async () => {
    const rosters = rostersIn(opm, 2);
    const blocks = rosters.map(
      ({ name, script, file }) =>
        `process "${name}" {\n  script = "${script} ${file}"\n  max_memory = "1G"\n  env {\n    A = "1"\n  }\n}\n`,
    );
    writeFileSync(path('processes.hcl'), blocks.join('\n'));
    await opm.run('import', path('processes.hcl'));
    await expectOneEach(opm, rosters);
    expect(await opm.run('export', '--format', 'hcl')).to.include('max_memory = 1073741824');
  });

  it('an adjustment changes the definition, leaves the program, and says that a restart is needed', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    await opm.run('start', roster.script, '-n', 'app0', '--env', 'OLD=1', '--', roster.file);
    const { pid } = await opm.row('app0');
    expect(await opm.run('adjust', 'app0', 'max_restarts=3')).to.not.include('restart is needed');
    const said = await opm.run('adjust', 'app0', 'env.NEW=2', '--unset', 'env.OLD', '-n', 'site');
    expect(said).to.include('a restart is needed: opm restart site');
    expect((await opm.row('site')).pid).to.equal(pid);
    expect((await opm.run('env', 'site', '--diff')).trim().split('\n')).to.deep.equal([
      '+ NEW: (none) → 2',
      '- OLD: 1 → (none)',
    ]);
    await opm.run('restart', 'site');
    expect(await opm.run('env', 'site', '--diff')).to.include('would change nothing');
    expect(roster.living()).to.have.length(1);
    expect(roster.started()).to.have.length(2);
  });

  it('an adjustment that is wrong changes nothing', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    await opm.run('start', roster.script, '-n', 'app0', '--', roster.file);
    const before = await opm.run('export', 'app0');
    for (const [word, code] of [
      ['max_restart=3', 'BAD_USAGE'],
      ['max_restarts=many', 'INVALID_APP'],
      ['script=./none.js', 'SCRIPT_NOT_FOUND'],
      ['cwd=/nowhere', 'CWD_NOT_USABLE'],
      ['name=7', 'INVALID_APP'],
    ] as const)
      expect((await opm.json<Failed>('adjust', 'app0', word)).error.code, word).to.equal(code);
    expect(await opm.run('export', 'app0')).to.equal(before);
  });

  it('several words start several programs, all or none; those after -- are arguments', async () => {
    const [one, other] = rostersIn(opm, 2) as [Roster, Roster];
    const { error } = await opm.json<Failed>('start', one.script, path('none.js'));
    expect(error.message).to.include('none.js');
    const both = [one.script, other.script];
    const named = await opm.json<Failed>('start', ...both, '--name', 'c');
    expect(named.error.message).to.include('cannot name 2 programs');
    expect(await opm.rows()).to.deep.equal([]);
    await opm.run('start', ...both, '--', one.file);
    expect(one.started()).to.have.length(2);
    await opm.run('stop', 'all');
    await opm.run('start', 'app0', 'app1');
    expect(one.living()).to.have.length(2);
  });

  it('a file is checked without a daemon, down to its scripts', async () => {
    writeFileSync(path('a.json'), '{"apps":[{"name":"a","script":"./none.js"}]}');
    const { error } = await opm.json<Failed>('validate', path('a.json'));
    expect(error.message).to.include('a.json').and.to.include('app "a"').and.to.include('none.js');
    writeFileSync(path('a.json'), '{"apps":[{"name":"a","script":"sleep 1"}]}');
    expect(await opm.run('validate', path('a.json'))).to.include('is valid: 1 app: a');
    expect(existsSync(path('opm.sock'))).to.equal(false);
  });

  it('what a file prints when it is read is no part of the answer', async () => {
    const code =
      'console.log("loaded"); module.exports = { apps: [{ name: "a", script: "sleep 1" }] };';
    writeFileSync(path('a.config.cjs'), code);
    const answer = await opm.json<{ apps: unknown[] }>('validate', path('a.config.cjs'));
    expect(answer.apps).to.have.length(1);
  });

  it('init writes a file that validate and apply take, and overwrites none', async () => {
    writeFileSync(path('server.js'), 'setInterval(() => {}, 1e6);');
    await opm.run('init');
    await opm.run('validate');
    await opm.run('apply', '--yes');
    expect(await opm.rows()).to.have.length(1);
    expect((await opm.json<Failed>('init')).error.code).to.equal('FILE_EXISTS');
  });

  it('a secret that is taken from the vault is why a start fails', async () => {
    const [roster] = rostersIn(opm, 1) as [Roster];
    await opm.run('start', roster.script, '-n', 'app0', '--env', 'API_KEY=x', '--', roster.file);
    await opm.run('stop', 'app0');
    const { secret } = openVault(path('secrets')).refer('x');
    rmSync(path(`secrets/${secret}`));
    expect((await opm.call('start', 'app0')).code).to.equal(1);
    expect((await opm.row('app0')).lastExit?.reason).to.include('secret');
  });
});

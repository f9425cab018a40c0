import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Incidents } from '../../src/projections/incidents/find-incidents.js';
import type { Timeline } from '../../src/projections/timeline.js';
import { eventually } from '../support/eventually.js';
import { Opm } from '../support/opm.js';
import { cleanUp, isPossible } from '../support/programs.js';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

describe('what the history tells', function () {
  // Many command lines one after the other, on a machine that may have other work.
  this.timeout(90_000);

  let opm: Opm;

  beforeEach(() => {
    opm = new Opm();
  });

  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

  const lastEvents = async (): Promise<[{ seq: number }]> => {
    const { stdout } = await opm.call('history', '--limit', '1', '--json');
    return [JSON.parse(stdout)];
  };

  it('every instance of a name is shown, in words, with and without a daemon', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'web', '-i', '2');
    await opm.run('start', 'sleep 1000', '--name', 'other');
    const live = await opm.run('history', '--process', 'web', '--type', 'ProcessStarted');
    expect(live.trim().split('\n')).to.have.length(2);
    expect(live)
      .to.match(/web \(0\) runs as pid \d+/)
      .and.to.match(/web \(1\) runs as pid \d+/);
    await opm.run('daemon', 'stop');
    expect(await opm.run('history', '--process', 'web', '--type', 'ProcessStarted')).to.equal(live);
  });

  it('one event is shown with the chain that led to it', async () => {
    await opm.call('start', 'exit 3', '--name', 'job', '--no-autorestart');
    const { stdout } = await opm.call('history', '--type', 'ProcessExited', '--json');
    const shown = await opm.run('history', 'show', String(JSON.parse(stdout).seq));
    expect(shown).to.match(/^job \(0\): pid \d+ exited with code 3 after/);
    expect(shown).to.match(
      /because of\n +\d+ .* job \(0\) run \S+ requested: a start was asked for/,
    );
    expect(shown).to.include('opm start');
  });

  const exits = async (): Promise<{ seq: number }[]> => {
    const { stdout } = await opm.call('history', '--type', 'ProcessExited', '--json');
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };

  it('the end of a run is shown with what this run wrote last, secrets masked, with and without a daemon', async () => {
    const told = join(opm.home, 'told');
    const script = `echo fine; if [ -e ${told} ]; then echo second >&2; exit 4; fi; touch ${told}; echo no access with $DB_PASSWORD >&2; exit 3`;
    const app = ['--name', 'job', '--no-autorestart'];
    await opm.call('start', script, ...app, '--env', 'DB_PASSWORD=hunter22');
    await opm.call('restart', 'job');
    const [first, second] = await exits();
    const live = await opm.run('history', 'show', String(first!.seq));
    expect(live).to.match(
      /\nRun \S+ wrote last, to its error output:\n {4}no access with \*\*\*\n$/,
    );
    await opm.run('daemon', 'stop');
    expect(await opm.run('history', 'show', String(first!.seq))).to.equal(live);
    const { lastWords } = await opm.json<{ lastWords: object }>(
      'history',
      'show',
      `${second!.seq}`,
    );
    expect(lastWords).to.deep.include({ stream: 'error', lines: ['second'] });
    expect(await opm.run('why', 'job')).to.match(/wrote last.*:\n {6}second\n\n/);
    const [why] = await opm.json<[{ lastWords: object }]>('why', 'job');
    expect(why.lastWords).to.deep.equal(lastWords);
  });

  it('a run that wrote no error is shown with its output, and one that was stopped explains nothing', async () => {
    await opm.call('start', 'echo bye; exit 1', '--name', 'job', '--no-autorestart');
    await opm.run('start', 'echo up; exec sleep 1000', '--name', 'web');
    await opm.run('stop', 'web');
    expect(await opm.run('why', 'job')).to.match(/wrote last, to its output:\n {6}bye\n/);
    expect(await opm.run('why', 'web')).to.not.include('wrote last');
  });

  it('what failed is told with its own words, not with those of an earlier run', async () => {
    const file = join(opm.home, 'quiet');
    const script = `[ -e ${file} ] && exit 1; echo old trouble >&2; touch ${file}; exec sleep 1000`;
    await opm.run('start', script, '--name', 'job', '--no-autorestart');
    await eventually('it has written', () => existsSync(file));
    const { code, stderr } = await opm.call('restart', 'job');
    expect(code).to.equal(1);
    expect(stderr).to.not.include('old trouble');
  });

  it('seqs and times bound what is shown', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'web');
    const shown = await opm.run('history', '--since', '2', '--until', '3');
    expect(shown).to.match(/^ +2 .*\n +3 .*\n$/);
    expect(await opm.run('history', '--until', '1h ago')).to.equal('');
    const { code, stderr } = await opm.call('history', '--since', 'yesteryear');
    expect(code).to.not.equal(0);
    expect(stderr).to.include('"yesteryear" is neither a seq nor a time [BAD_TIME]');
  });

  it('an unknown type of event is refused with the one that was meant', async () => {
    const { code, stdout } = await opm.call('history', '--type', 'ProcesExit', '--json');
    expect(code).to.not.equal(0);
    expect(JSON.parse(stdout).error).to.deep.include({
      code: 'UNKNOWN_TYPE',
      hint: 'did you mean "ProcessExited"?',
    });
  });

  it('incident 25: why says whether the user, a crash, a restore or an adoption brought it about', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'asked');
    await opm.run(
      'start',
      `[ -e ${opm.home}/once ] && exec sleep 1000; touch ${opm.home}/once; exit 7`,
      '--name',
      'crashed',
    );
    await opm.run('start', 'sleep 1000', '--name', 'restored');
    await opm.run('restart', 'asked');
    await opm.run('stop', 'restored');
    expect(await opm.run('why', 'restored')).to.match(
      /is stopped since .*\n {2}It is down because a stop was asked for\.\n {2}Asked for by uid \d+: opm stop restored/,
    );
    await opm.status('crashed', 'online');
    const asked = await opm.run('why', 'asked');
    expect(asked)
      .to.match(/because a restart was asked for/)
      .and.to.include('opm restart asked');
    const crashed = await opm.run('why', 'crashed');
    expect(crashed).to.match(/the restart policy starts it again; pid \d+ exited with code 7/);
    expect(crashed).to.match(/Asked for by uid \d+: opm start/);
    await opm.killDaemon();
    await opm.run('start', 'asked');
    expect(await opm.run('why', 'asked')).to.include('1 later daemon took it over alive');
    await opm.run('start', 'restored');
    await opm.run('kill');
    await opm.run('restore', '--key', 'morning');
    expect(await opm.run('why', 'restored')).to.include('a restore brought it up (morning)');
  });

  it('why answers without a daemon, and does not take a dead program for a living one', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'web');
    await opm.killDaemon();
    const [{ answer }] = await opm.json<[{ answer: string }]>('why', 'web');
    expect(answer).to.match(/^It runs as pid \d+ because a start was asked for/);
    const { pid } = await opm.row('web');
    process.kill(pid as number, 'SIGKILL');
    await opm.status('web', 'stopped');
    const [gone] = await opm.json<[{ answer: string }]>('why', 'web');
    expect(gone.answer).to.match(/^By the log it runs, but nothing of it is alive/);
  });

  it('why explains what was deleted, by its id, and refuses a name that nobody has', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'web');
    await opm.run('delete', 'web');
    expect(await opm.run('why', '0')).to.match(/web \(0\) is deleted.*opm delete web/s);
    const { code, stderr } = await opm.call('why', 'web');
    expect(code).to.equal(1);
    expect(stderr).to.include('[UNKNOWN_TARGET]').and.to.include('named by its id');
  });

  it('a clean history says so; the death of a daemon and a repeated key are found, with their proofs', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'web');
    expect(await opm.run('history', 'incidents')).to.match(/^A clean history: /);
    await opm.killDaemon();
    await opm.run('restore', '--key', 'again');
    await opm.run('restore', '--key', 'again');
    const found = await opm.json<Incidents>('history', 'incidents');
    expect(found.incidents.map(({ kind }) => kind)).to.deep.equal([
      'daemon-died',
      'request-repeated',
    ]);
    for (const proof of found.incidents.flatMap(({ seqs }) => seqs)) {
      await opm.run('history', 'show', String(proof));
    }
    await opm.run('daemon', 'stop');
    const told = await opm.run('history', 'incidents');
    expect(told).to.match(/daemon \d+ died without a word.* with 1 program taken over alive/);
    expect(told).to.match(/`opm restore --key again` was asked 1 more time under key again/);
    expect(await opm.run('history', 'incidents', '--since', 'now')).to.match(
      /^A clean history since/,
    );
  });

  it('the timeline has a lane a process, fits its width, and is written as a picture', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'web');
    await opm.call('start', 'exit 3', '--name', 'job', '--no-autorestart');
    await opm.killDaemon();
    await opm.run('restart', 'web');
    const text = await opm.run('history', 'timeline', '--width', '60');
    expect(text)
      .to.match(/^daemon +\S/m)
      .and.to.match(/^web \(0\) .*━/m)
      .and.to.match(/^job \(1\) +━*✗$/m);
    for (const line of text.split('\n')) expect(line.length, line).to.be.at.most(60);
    expect(await opm.run('history', 'timeline', 'web')).to.not.include('job (1)');
    const file = join(opm.home, 'night.svg');
    await opm.run('history', 'timeline', '--svg', file);
    expect(readFileSync(file, 'utf8')).to.match(/^<svg .*web \(0\).*<\/svg>\n$/s);
    for (const [args, problem] of [
      [['99'], 'UNKNOWN_TARGET'],
      [['--svg', join(opm.home, 'nowhere', 'x.svg')], 'NOT_WRITABLE'],
      [['--since', '4', '--until', '2'], 'BAD_RANGE'],
      [['--since', '1m', '--until', '2m'], 'BAD_RANGE'],
      [['--until', '0'], 'BAD_RANGE'],
      [['--until', '2001-01-01'], 'BAD_RANGE'],
    ] as const) {
      const { code, stdout } = await opm.call('history', 'timeline', ...args, '--json');
      expect([code, JSON.parse(stdout).error.code]).to.deep.equal([1, problem]);
    }
  });

  it('a replay tells what changed between two moments, with and without a daemon', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'web');
    const [{ seq: from }] = await lastEvents();
    await opm.run('stop', 'web');
    await opm.run('start', 'sleep 1000', '--name', 'fresh');
    const live = await opm.run('history', 'replay', '--from', String(from));
    expect(live)
      .to.match(/^~ web \(0\)$/m)
      .and.to.match(/^ +status +online → stopped$/m);
    expect(live).to.match(/^\+ fresh \(1\) {2}created$/m);
    const [{ seq: to }] = await lastEvents();
    await opm.run('daemon', 'stop');
    const range = ['--from', String(from), '--to', String(to)];
    expect(await opm.run('history', 'replay', ...range)).to.equal(live);
    const { code, stderr } = await opm.call('history', 'replay', '--from', '4', '--to', '2');
    expect([code, stderr.includes('[BAD_RANGE]')]).to.deep.equal([1, true]);
  });

  it('a replay is played on a terminal only, and gives it back as it was', async function () {
    await opm.run('start', 'sleep 1000', '--name', 'web');
    const { code, stderr } = await opm.call('history', 'replay', '--play');
    expect([code, stderr.includes('[NO_TERMINAL]')]).to.deep.equal([1, true]);
    if (!isPossible(['script', '--version'])) this.skip();
    const child = spawn(
      'script',
      ['-qefc', `${process.execPath} ${BIN} history replay --play; stty -a`, '/dev/null'],
      {
        env: { ...opm.env, TERM: 'xterm' },
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    let seen = '';
    child.stdout.on('data', (chunk) => {
      seen += chunk;
    });
    await eventually('it plays', () => seen.includes('1 of'));
    child.stdin.write('q');
    const shown = await eventually('the terminal is asked', () => / -?icanon /.exec(seen)?.[0]);
    expect(shown.trim()).to.equal('icanon');
    expect(seen).to.include('\u001b[?1049l');
    child.stdin.end();
  });

  it('a history whose beginning was dropped is told from there on, by name, with and without a daemon', async () => {
    await opm.run('start', 'sleep 1000', '--name', 'web');
    await opm.run('start', 'sleep 1000', '--name', 'old');
    await opm.run('restart', 'web');
    await opm.run('restart', 'web');
    const [{ seq: last }] = await lastEvents();
    await opm.run('history', 'prune', '--before', String(last - 1));
    await opm.run('delete', 'old');
    const timeline = () => opm.run('history', 'timeline', '--until', String(last), '--width', '60');
    const live = await timeline();
    expect(live)
      .to.match(/^daemon +━/m)
      .and.to.match(/^web \(0\) +[━┣]/m)
      .and.to.match(/^old \(1\) +━/m);
    const replay = await opm.run('history', 'replay', '--from', '0');
    expect(replay)
      .to.match(new RegExp(`^from event ${last - 2} `))
      .and.to.match(/^- old \(1\)/m)
      .and.to.not.match(/^\+/m);
    await opm.killDaemon();
    expect(await timeline()).to.equal(live);
    await opm.run('start', 'web');
    expect(await opm.run('history', 'incidents')).to.match(
      /^ {2}the daemon before it died without a word; daemon \d+ began .* with 1 program taken/m,
    );
    const seen = await opm.json<Timeline>('history', 'timeline', 'web', '--since', 'now');
    expect(seen.lanes[1]!.bars[0]!.from).to.be.lessThan(seen.from);
  });

  it('a report is one file with all that a ticket needs and no secret, with and without a daemon', async () => {
    const script = 'sleep 1000 # --password=sesame hunter22';
    const secrets = ['--env', 'API_TOKEN=hunter22', '--', '--key', 'barley', 'pg://me:oats@db/x'];
    await opm.run('start', script, '--name', 'web', ...secrets);
    for (const args of [['info', 'web'], ['info', 'web', '--json'], ['why', 'web'], ['history']])
      expect(await opm.run(...args), args.join(' ')).to.not.match(/sesame|barley|oats/);
    await opm.call('start', 'exit 3', '--name', 'job', '--no-autorestart');
    await opm.killDaemon();
    const [offline, live] = ['offline.md', 'live.md'].map((name) => join(opm.home, name)) as [
      string,
      string,
    ];
    await opm.run('report', '--output', offline);
    await opm.run('restart', 'web');
    await opm.run('report', '--output', live);
    for (const file of [offline, live]) {
      const text = readFileSync(file, 'utf8');
      const titles = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
      const expected = [
        'Audit',
        'Incidents',
        'Timeline',
        'Processes',
        'Why',
        'Events',
        'Definitions',
      ];
      expect(titles).to.deep.equal(expected);
      expect(text)
        .to.match(/^web \(0\) .*━/m)
        .and.to.match(/^job \(1\) is stopped/m);
      expect(text).to.include('"API_TOKEN": "***"').and.to.include('--env API_TOKEN=***');
      expect(text).to.not.match(/hunter22|sesame|barley|oats/);
      expect(text).to.match(/^checked \d+ events.*: all well$/m);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
    }
    expect(readFileSync(live, 'utf8')).to.include('daemon-died');
    const { code, stderr } = await opm.call('report', '--output', join(opm.home, 'no', 'x.md'));
    expect([code, stderr.includes('[NOT_WRITABLE]')]).to.deep.equal([1, true]);
  });
});

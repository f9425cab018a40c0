import { expect } from 'chai';
import { Opm } from '../support/opm.js';
import { cleanUp } from '../support/programs.js';

describe('what the history tells', () => {
  let opm: Opm;

  beforeEach(() => {
    opm = new Opm();
  });

  afterEach(async () => {
    await opm.end();
    cleanUp();
  });

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
});

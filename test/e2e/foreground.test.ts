import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { childrenMap, scan } from '../../src/platform/proc.js';
import { eventually } from '../support/eventually.js';
import { canUnshare } from '../support/incident-programs.js';
import { Opm } from '../support/opm.js';
import { cleanUp } from '../support/programs.js';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
/** A namespace of its own, whose first process is what follows; it ends with the test at the latest. */
const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
/** Takes a moment to end, and says when it has. */
const POLITE = `#!/bin/sh
trap 'sleep 0.3; echo bye; exit 0' TERM
echo hello
while :; do sleep 0.1; done
`;

describe('the daemon in the foreground', () => {
  let opm: Opm;
  let child: ChildProcess | null;

  beforeEach(() => {
    opm = new Opm();
    child = null;
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await opm.end();
    cleanUp();
  });

  const appFile = (): string => {
    const script = join(opm.home, 'polite.sh');
    writeFileSync(script, POLITE);
    chmodSync(script, 0o755);
    const path = join(opm.home, 'apps.json');
    const app = { name: 'app', script, kill_timeout: '20s', out_file: join(opm.home, 'out') };
    writeFileSync(path, JSON.stringify({ apps: [app] }));
    return path;
  };
  const run = (before: readonly string[], ...flags: readonly string[]): ChildProcess => {
    const words = [...before, process.execPath, BIN, 'daemon', 'run', ...flags];
    child = spawn(words[0]!, words.slice(1), { env: opm.env, stdio: 'ignore' });
    return child;
  };
  const output = (): string => readFileSync(join(opm.home, 'out'), 'utf8');
  const isUp = async () => {
    await opm.status('app', 'online', 20_000);
    await eventually('the program has spoken', () => output() === 'hello\n');
  };
  const types = async () => (await opm.eventTypes()).slice(-3);
  const ORDERLY = ['StopRequested', 'ProcessExited', 'DaemonStopped'];

  it('as the first process of a container it ends its programs before itself', async function () {
    if (!canUnshare()) return this.skip();
    const container = run(CONTAINER, '--apply', appFile());
    await isUp();
    const [first] = childrenMap(scan()).get(container.pid!) ?? [];
    process.kill(first!.pid, 'SIGTERM');
    await once(container, 'exit');
    expect(output()).to.equal('hello\nbye\n');
    expect(await types()).to.deep.equal(ORDERLY);
  });

  it('with its programs it ends them, waits for them, and they stay wanted', async () => {
    const daemon = run([], '--with-programs', '--apply', appFile());
    await isUp();
    daemon.kill('SIGTERM');
    const [code] = await once(daemon, 'exit');
    expect(code).to.equal(0);
    expect(output()).to.equal('hello\nbye\n');
    expect(await types()).to.deep.equal(ORDERLY);
    expect(await opm.row('app')).to.include({ status: 'stopped', wanted: 'up' });
  });

  it('without that flag the programs go on', async () => {
    const daemon = run([], '--apply', appFile());
    await isUp();
    const { pid } = await opm.status('app', 'online');
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
    expect((await opm.row('app')).pid).to.equal(pid);
    expect(output()).to.equal('hello\n');
  });

  it('an app file that cannot be read is found before anything is begun', async () => {
    const path = join(opm.home, 'bad.json');
    writeFileSync(path, '{"apps": [{"name": "app", "scirpt": "x"}]}');
    const [code] = await once(run([], '--apply', path), 'exit');
    expect(code).to.equal(1);
    expect(existsSync(join(opm.home, 'log'))).to.equal(false);
  });
});

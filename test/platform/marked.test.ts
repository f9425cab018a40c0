import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { spawnKey } from '../../src/domain/ids.js';
import { takeCensus } from '../../src/platform/census.js';
import { findMarked } from '../../src/platform/marked.js';
import { DAEMON_VARIABLE, formatMark, SPAWN_KEY_VARIABLE } from '../../src/platform/marker.js';
import { argvOf, childrenMap, scan } from '../../src/platform/proc.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, start, tempHome } from '../support/programs.js';

const KEY = spawnKey('7-1-abc');

const envOf = (home: string, key = KEY) => ({
  PATH: process.env.PATH,
  [SPAWN_KEY_VARIABLE]: formatMark({ home, key }),
});

const markedOf = (home: string, key = KEY) => findMarked(home).get(key);

describe('finding what carries a mark', () => {
  let home: string;
  beforeEach(() => {
    home = tempHome();
  });
  afterEach(cleanUp);

  it('finds a program and whatever it started, by spawn key', async () => {
    const { os } = start(['sh', '-c', 'setsid sleep 1000 & exec sleep 1000'], { env: envOf(home) });
    const other = start(['sleep', '1000'], { env: envOf(home, spawnKey('8-1-abc')) });
    await eventually('two of one run', () => markedOf(home)?.programs.length === 2);
    expect(markedOf(home)?.programs).to.deep.include(os);
    expect(markedOf(home, spawnKey('8-1-abc'))?.programs).to.deep.equal([other.os]);
  });

  it('finds the runs of one process by the prefix of their keys', async () => {
    for (const key of ['7-1-a', '7-2-b', '77-1-c'])
      start(['sleep', '1000'], { env: envOf(home, spawnKey(key)) });
    await eventually('all three', () => findMarked(home).size === 3);
    expect([...findMarked(home, '7-').keys()].sort()).to.deep.equal(['7-1-a', '7-2-b']);
  });

  it('does not see another home', async () => {
    start(['sleep', '1000'], { env: envOf(`${home}x`) });
    await eventually('it is there', () => findMarked(`${home}x`).size === 1);
    expect(findMarked(home).size).to.equal(0);
  });

  it('leaves a zombie out', async () => {
    const { os } = start(['sh', '-c', 'true & exec sleep 1000'], { env: envOf(home) });
    await eventually('there is a zombie', () =>
      childrenMap(scan())
        .get(os.pid)
        ?.some(({ state }) => state === 'Z'),
    );
    expect(markedOf(home)?.programs).to.deep.equal([os]);
  });

  it('knows a program that has rewritten its title and arguments', async () => {
    const rewrite = `process.title = 'a stranger'; setInterval(() => {}, 1000)`;
    const { os } = start([process.execPath, '-e', rewrite], { env: envOf(home) });
    await eventually('the title shows', () => argvOf(os.pid)?.[0] === 'a stranger');
    expect(markedOf(home)?.programs).to.deep.equal([os]);
  });

  it('knows a program that has dropped the mark after its start', async () => {
    const { os } = start(['sh', '-c', `unset ${SPAWN_KEY_VARIABLE}; read -r forever`], {
      env: envOf(home),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await eventually('it runs', () => markedOf(home));
    expect(markedOf(home)?.programs).to.deep.equal([os]);
  });

  for (const name of ['opm-launcher', 'launcher.sh'])
    it(`tells the launcher ${name} from what it forked`, async () => {
      const script = join(home, name);
      // The braces keep a copy of the shell, which still bears the launcher's name.
      writeFileSync(script, '#!/bin/sh\n{ sleep 1000; :; } & wait\n', { mode: 0o755 });
      const { os } = start([script], { env: envOf(home) });
      await eventually('all three run', () => markedOf(home)?.programs.length === 2);
      expect(markedOf(home)?.launchers).to.deep.equal([os]);
    });

  it('knows a daemon launched by a command, and a managed one is none', async () => {
    const daemon = start(['sleep', '1000'], { env: { ...process.env, [DAEMON_VARIABLE]: home } });
    const managed = start(['sleep', '1000'], { env: { ...envOf(home), [DAEMON_VARIABLE]: home } });
    await eventually('both run', () => takeCensus().daemons.has(daemon.os.pid) && markedOf(home));
    expect(takeCensus().daemons.has(managed.os.pid)).to.equal(false);
  });
});

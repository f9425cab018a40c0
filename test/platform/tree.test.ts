import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { processId, spawnKey } from '../../src/domain/ids.js';
import type { OsProcess } from '../../src/domain/os-process.js';
import { takeCensus } from '../../src/platform/census.js';
import { type Cgroups, openCgroups, removeCgroup } from '../../src/platform/cgroup.js';
import { DAEMON_VARIABLE, formatMark, SPAWN_KEY_VARIABLE } from '../../src/platform/marker.js';
import {
  childrenMap,
  descendants,
  identityOf,
  isSame,
  readStat,
  scan,
} from '../../src/platform/proc.js';
import { killTree, membersOf, type RunTree, signalTree } from '../../src/platform/tree.js';
import { treeProgram } from '../support/compile.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, isPossible, start, tempHome, track } from '../support/programs.js';

const KEY = spawnKey('7-1-abc');

const below = (root: OsProcess): readonly number[] =>
  descendants(childrenMap(scan()), [root.pid]).map(({ pid }) => pid);

const sleepersBelow = (root: OsProcess): readonly OsProcess[] =>
  descendants(childrenMap(scan()), [root.pid]).filter(({ comm }) => comm === 'sleep');

describe('the processes of a run', () => {
  let home: string;
  let mark: RunTree['mark'];
  beforeEach(() => {
    home = tempHome();
    mark = { home, key: KEY };
  });
  afterEach(cleanUp);

  const treeOf = (parts: Partial<RunTree>): RunTree => ({
    mark,
    program: null,
    launcher: null,
    cgroup: null,
    ...parts,
  });
  const marked = (key = KEY) => ({
    PATH: process.env.PATH,
    [SPAWN_KEY_VARIABLE]: formatMark({ home, key }),
  });
  const scriptOf = (name: string, text: string): string => {
    writeFileSync(join(home, name), text);
    return join(home, name);
  };
  /** What a shell is told to start a `sleep` that writes its pid to this file of the home. */
  const sleep = (file: string, how = ''): string =>
    `${how} sh -c 'echo $$ >"$1"; exec sleep 1000' sh ${join(home, file)}`;
  /** That `sleep`, once it is there; tracked. */
  const signed = (file: string): Promise<OsProcess> =>
    eventually(`${file} is signed`, () => {
      const stat = readStat(Number(readFileSync(join(home, file), 'utf8')));
      return stat?.comm === 'sleep' ? track(stat) : null;
    });
  const pidsIn = (tree: RunTree): readonly number[] => membersOf(tree).map(({ pid }) => pid);

  it('are the program and all that comes from it, oldest first', async () => {
    const { os } = start(['sh', '-c', `${sleep('a')} & ${sleep('b', 'setsid')} & wait`]);
    const [a, b] = [await signed('a'), await signed('b')];
    const members = membersOf(treeOf({ program: os }));
    expect(members[0]).to.deep.equal(os);
    expect(members.map(({ pid }) => pid)).to.have.members([os.pid, a.pid, b.pid]);
  });

  it('are what comes from the launcher, even without an environment, but not the launcher', async () => {
    const launcher = start([
      'sh',
      '-c',
      `${sleep('a', 'env -i')} & ${sleep('b', 'env -i setsid')} & wait`,
    ]);
    const [a, b] = [await signed('a'), await signed('b')];
    expect(pidsIn(treeOf({ launcher: launcher.os, program: a }))).to.have.members([a.pid, b.pid]);
  });

  it('are what carries the mark and has lost its main thread', async function () {
    const { child } = start([treeProgram(this), 'headless', join(home, 'a')], { env: marked() });
    await once(child, 'exit');
    const [pid, startTicks] = readFileSync(join(home, 'a'), 'utf8').split(' ').map(Number);
    const headless = track({ pid: pid!, startTicks: startTicks! });
    expect(readStat(headless.pid)?.state).to.equal('Z');
    expect(membersOf(treeOf({}))).to.deep.equal([headless]);
  });

  it('are what carries the mark when launcher and program are dead', async () => {
    const script = `${sleep('a', 'setsid')} & ${sleep('b')} &`;
    const { os } = start(['sh', '-c', script], { env: marked() });
    const [a, b] = [await signed('a'), await signed('b')];
    await eventually('both are orphans', () => !isSame(os));
    const dead = { pid: a.pid, startTicks: a.startTicks - 1 };
    const tree = treeOf({ program: dead, launcher: dead });
    expect(pidsIn(tree)).to.have.members([a.pid, b.pid]);
  });

  it('are not those of another run, or of another home', async () => {
    const other = start(['sleep', '1000'], { env: marked(spawnKey('7-2-abc')) });
    const { os } = start(['sleep', '1000'], { env: marked() });
    expect(pidsIn(treeOf({}))).to.deep.equal([os.pid]);
    expect(pidsIn(treeOf({ mark: { home: `${home}x`, key: KEY } }))).to.deep.equal([]);
    expect(isSame(other.os)).to.equal(true);
  });

  it('are what has no environment but is in the session of the living program', async () => {
    const script = `(${sleep('a', 'env -i')} &) ; exec sleep 1000`;
    const { os } = start(['sh', '-c', script], { detached: true, env: marked() });
    const a = await signed('a');
    await eventually('it is an orphan', () => readStat(a.pid)?.ppid !== os.pid);
    expect(pidsIn(treeOf({ program: os }))).to.have.members([os.pid, a.pid]);
  });

  it('are those in the session of a dead program that one of them still holds', async () => {
    const script = `(${sleep('a', 'env -i')} &) ; ${sleep('b')} &`;
    const { os } = start(['sh', '-c', script], { detached: true, env: marked() });
    const [a, b] = [await signed('a'), await signed('b')];
    await eventually('the program is dead', () => !isSame(os));
    expect(pidsIn(treeOf({ program: os }))).to.have.members([a.pid, b.pid]);
  });

  it('are not a stranger who leads a session under the recycled pid', async () => {
    const stranger = start(['sh', '-c', `${sleep('a')} & wait`], { detached: true });
    await signed('a');
    const { pid, startTicks } = stranger.os;
    const tree = treeOf({ program: { pid, startTicks: startTicks - 1 }, launcher: null });
    expect(membersOf(tree)).to.deep.equal([]);
    expect(killTree(tree)).to.equal(0);
    expect(isSame(stranger.os)).to.equal(true);
  });

  it('are not what is left of a session of strangers under that number', async () => {
    const { os } = start(['sh', '-c', `${sleep('a')} &`], { detached: true });
    const a = await signed('a');
    await eventually('its leader is dead', () => !isSame(os));
    expect(membersOf(treeOf({ program: { ...os, startTicks: 1 } }))).to.deep.equal([]);
    expect(isSame(a)).to.equal(true);
  });

  it('are not a daemon that was launched from inside, nor what that started', async () => {
    const daemon = scriptOf('daemon', `${sleep('a', 'env -i')} & wait`);
    const launch = `env -u ${SPAWN_KEY_VARIABLE} ${DAEMON_VARIABLE}=${home} setsid sh ${daemon}`;
    const { os } = start(['sh', '-c', `${launch} & ${sleep('b')} & wait`], { env: marked() });
    const [a, b] = [await signed('a'), await signed('b')];
    expect(pidsIn(treeOf({ program: os }))).to.have.members([os.pid, b.pid]);
    expect(below(os)).to.include.members([a.pid, b.pid]);
  });

  it('are not another run that came to this launcher when its daemon died', async () => {
    const other = scriptOf('other', `${sleep('a', 'env -i')} & wait`);
    const mark = formatMark({ home, key: spawnKey('8-1-abc') });
    const script = `${SPAWN_KEY_VARIABLE}=${mark} sh ${other} & ${sleep('b')} & wait`;
    const launcher = start(['sh', '-c', script], { env: marked() });
    const [a, b] = [await signed('a'), await signed('b')];
    expect(pidsIn(treeOf({ launcher: launcher.os, program: b }))).to.deep.equal([b.pid]);
    expect(below(launcher.os)).to.include.members([a.pid, b.pid]);
  });

  it('are not this very process', () => {
    const self = identityOf(readStat(process.pid)!);
    expect(pidsIn(treeOf({ program: self }))).not.to.include(process.pid);
  });

  it('are signalled one by one, and none that is gone', async () => {
    const [one, two] = [start(['sleep', '1000']), start(['sleep', '1000'])];
    const gone = { ...two.os, startTicks: two.os.startTicks - 1 };
    expect(signalTree([one.os, gone], 'SIGTERM')).to.deep.equal(['sent', 'gone']);
    await eventually('one has ended', () => one.child.signalCode === 'SIGTERM');
    expect(isSame(two.os)).to.equal(true);
  });

  it('are all killed, counted, and then none', async () => {
    const script = `trap '' TERM; ${sleep('a', 'setsid')} & ${sleep('b', 'env -i')} & wait`;
    const { os } = start(['sh', '-c', script], { detached: true, env: marked() });
    const members = [os, await signed('a'), await signed('b')];
    const tree = treeOf({ program: os });
    expect(killTree(tree)).to.equal(3);
    await eventually('nobody is left', () => killTree(tree) === 0);
    // One that is past its last instruction has lost its environment, and so its mark, before it is gone.
    await eventually('they are gone', () => !members.some(isSame));
  });

  it('are killed while they fork', async () => {
    const script = 'while :; do setsid sleep 1000 & sleep 0.001; done';
    const { os } = start(['sh', '-c', script], { detached: true, env: marked() });
    await eventually('it has forked', () => sleepersBelow(os).length > 3);
    await eventually('nobody is left', () => killTree(treeOf({ program: os })) === 0);
    await eventually('it is gone', () => !isSame(os));
  });
});

describe('the processes of a run with a cgroup', () => {
  let cgroups: Cgroups;
  let dir: string;
  let tree: RunTree;

  beforeEach(function () {
    const opened = openCgroups(`tree-${process.pid}`);
    if (!opened || !isPossible(['test', '-e', join(opened.base, 'cgroup.kill')]))
      return this.skip();
    cgroups = opened;
    dir = cgroups.slot(processId(7))!;
    tree = { mark: { home: tempHome(), key: KEY }, program: null, launcher: null, cgroup: dir };
  });
  afterEach(async () => {
    cleanUp();
    if (cgroups) await eventually('the cgroups are gone', () => removeCgroup(cgroups.base));
  });

  const startInside = (script: string) =>
    start(['sh', '-c', `echo 0 >"$0/cgroup.procs"; ${script}`, dir]);
  const inside = (count: number) =>
    eventually(`${count} are inside`, () => {
      const members = membersOf(tree);
      return members.length === count ? members : null;
    });

  /** Somebody without our mark, in a session of its own, whose parent has gone. */
  const startOrphan = () => {
    startInside('env -i setsid sleep 1000 &');
    return eventually('the orphan is alone', () => {
      const [first, ...others] = membersOf(tree);
      const stat = first && others.length === 0 ? readStat(first.pid) : null;
      return stat?.comm === 'sleep' ? stat : null;
    });
  };

  it('are known by it when nothing else is left of them', async () => {
    const orphan = await startOrphan();
    expect(orphan.session).to.equal(orphan.pid);
    expect(killTree(tree)).to.equal(1);
    await eventually('it is gone', () => !isSame(orphan));
  });

  it('are not all gone while somebody is in it who came after the census', async () => {
    const before = takeCensus();
    const newcomer = await startOrphan();
    expect(killTree(tree, before)).to.equal(1);
    expect(isSame(newcomer)).to.equal(true);
    expect(killTree(tree)).to.equal(1);
    await eventually('it is gone', () => !isSame(newcomer));
    expect(killTree(tree)).to.equal(0);
  });

  it('are killed without the launcher that sits among them', async () => {
    const launcher = startInside('sleep 1000 & wait; sleep 1000');
    tree = { ...tree, launcher: launcher.os };
    const [first] = await inside(1);
    expect(killTree(tree)).to.equal(1);
    await eventually('the first one is gone', () => !isSame(first!));
    await inside(1);
    expect(isSame(launcher.os)).to.equal(true);
  });

  it('are killed without a daemon that could not leave', async () => {
    const script = `${DAEMON_VARIABLE}=/x setsid sleep 1000 & daemon=$!; sleep 1000 & wait`;
    const { os } = startInside(script);
    const daemon = await eventually('all three run', () => {
      const found = sleepersBelow(os);
      const members = membersOf(tree).map(({ pid }) => pid);
      return found.length === 2 && members.length === 2
        ? found.find(({ pid }) => !members.includes(pid))
        : null;
    });
    track(daemon);
    expect(killTree(tree)).to.equal(2);
    await eventually('the others are gone', () => killTree(tree) === 0);
    expect(isSame(daemon)).to.equal(true);
  });
});

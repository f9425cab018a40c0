import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { processId } from '../../src/domain/ids.js';
import {
  type Cgroups,
  cgroupDir,
  cgroupOf,
  cgroupProcs,
  isPopulated,
  killCgroup,
  leaveForeignCgroup,
  oomKills,
  openCgroups,
  parseCgroupMount,
  parseCgroupPath,
  removeCgroup,
  slotCgroupOf,
} from '../../src/platform/cgroup.js';
import { isSame } from '../../src/platform/proc.js';
import { signalProcess } from '../../src/platform/signals.js';
import { eventually } from '../support/eventually.js';
import {
  cleanUp,
  isNobodyPossible,
  runAsNobody,
  sourceArgv,
  start,
  tempHome,
} from '../support/programs.js';

const TAG = `test-${process.pid}`;

describe('finding cgroups of version 2', () => {
  const HYBRID = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
`;

  it('knows the mount beside version 1', () => {
    expect(parseCgroupMount(HYBRID)).to.deep.equal({ root: '/', dir: '/sys/fs/cgroup/unified' });
  });

  it('knows the mount that shows a part, under a name with spaces', () => {
    const line = '41 31 0:38 /docker/a\\040b /my\\040cgroup rw - cgroup2 cgroup2 rw\n';
    expect(parseCgroupMount(line)).to.deep.equal({ root: '/docker/a b', dir: '/my cgroup' });
  });

  it('finds none where there is version 1 alone', () => {
    expect(parseCgroupMount(HYBRID.split('\n').slice(0, 2).join('\n'))).to.equal(null);
  });

  it('reads the path of a process', () => {
    expect(parseCgroupPath('9:name=systemd:/x\n0::/user.slice/a:b\n')).to.equal('/user.slice/a:b');
    expect(parseCgroupPath('0::/gone (deleted)\n')).to.equal('/gone');
    expect(parseCgroupPath('9:name=systemd:/x\n')).to.equal(null);
  });

  const DIRS = [
    ['/', '/', '/m'],
    ['/', '/a/b', '/m/a/b'],
    ['/docker/x', '/docker/x', '/m'],
    ['/docker/x', '/docker/x/b', '/m/b'],
    ['/docker/x', '/docker/xy', null],
    ['/', '/../other', null],
  ] as const;
  for (const [root, path, dir] of DIRS)
    it(`shows ${path} of a mount of ${root} at ${dir}`, () => {
      expect(cgroupDir({ root, dir: '/m' }, path)).to.equal(dir);
    });
});

describe('cgroups of a home', () => {
  let cgroups: Cgroups;

  before(function () {
    const opened = openCgroups(TAG);
    if (!opened) return this.skip();
    cgroups = opened;
  });
  afterEach(async () => {
    cleanUp();
    await eventually('the cgroups are gone', () => removeCgroup(cgroups.base));
  });

  const slotOf = (id: number): string => {
    const dir = cgroups.slot(processId(id));
    expect(dir).to.equal(join(cgroups.base, String(id)));
    return dir!;
  };
  const startIn = (dir: string, ...argv: [string, ...string[]]) =>
    start(['sh', '-c', `echo 0 >"$0/cgroup.procs" && exec "$@"`, dir, ...argv]);
  const reopen = () => openCgroups(TAG)!;

  beforeEach(() => {
    cgroups = reopen();
  });

  it('lie below the cgroup that we are in', () => {
    expect(cgroups.base).to.equal(join(cgroupOf('self')!, `opm-${TAG}`));
    expect(existsSync(join(cgroups.base, 'cgroup.procs'))).to.equal(true);
  });

  it('are made when needed, and removed when empty', () => {
    const process = processId(7);
    expect(cgroups.existing(process)).to.equal(null);
    const dir = slotOf(7);
    expect(slotOf(7)).to.equal(dir);
    expect(cgroups.existing(process)).to.equal(dir);
    mkdirSync(join(dir, 'made', 'by-the-program'), { recursive: true });
    expect(cgroups.remove(process)).to.equal(true);
    expect(cgroups.existing(process)).to.equal(null);
    expect(cgroups.remove(process)).to.equal(true);
  });

  it('leave nothing behind when they are closed, but what is in use', async () => {
    const used = slotOf(7);
    const unused = slotOf(8);
    const { os } = startIn(used, 'sleep', '1000');
    await eventually('it is in', () => isPopulated(used));
    cgroups.close();
    expect([existsSync(used), existsSync(unused)]).to.deep.equal([true, false]);
    signalProcess(os, 'SIGKILL');
    await eventually('it is out', () => isPopulated(used) === false);
    cgroups.close();
    expect(existsSync(cgroups.base)).to.equal(false);
  });

  it('tell who is in them, however deep, and are not removed from under them', async () => {
    const dir = slotOf(7);
    const deep = join(dir, 'deep');
    mkdirSync(deep);
    expect(isPopulated(dir)).to.equal(false);
    const { os } = startIn(deep, 'sleep', '1000');
    await eventually('it is in', () => isPopulated(dir));
    expect(cgroupProcs(dir)).to.deep.equal([os.pid]);
    expect(slotCgroupOf(os.pid)).to.equal(dir);
    expect(cgroups.remove(processId(7))).to.equal(false);
  });

  it('kill all at once, what has left its session and lost its environment too', async () => {
    const dir = slotOf(7);
    startIn(dir, 'sh', '-c', 'env -i setsid sleep 1000 & sleep 1000 & wait');
    const inside = await eventually('all three are in', () => {
      const pids = cgroupProcs(dir);
      return pids.length === 3 ? pids : null;
    });
    expect(killCgroup(dir)).to.equal(true);
    await eventually('nobody is left', () => isPopulated(dir) === false);
    expect(cgroupProcs(dir)).to.deep.equal([]);
    expect(inside).to.have.length(3);
  });

  it('count kills for want of memory where the controller is, and else say nothing', () => {
    const dir = slotOf(7);
    const controlled = existsSync(join(dir, 'memory.events'));
    expect(oomKills(dir)).to.equal(controlled ? 0 : null);
    const plain = tempHome();
    writeFileSync(join(plain, 'memory.events'), 'low 0\noom 2\noom_kill 3\noom_group_kill 0\n');
    expect(oomKills(plain)).to.equal(3);
  });

  it('let a daemon go that was started inside', async () => {
    const dir = slotOf(7);
    mkdirSync(join(dir, 'deep'));
    const answer = join(tempHome(), 'answer');
    const code = `import { writeFileSync } from 'node:fs';
      import { cgroupOf, leaveForeignCgroup, openCgroups } from '../src/platform/cgroup.ts';
      const before = openCgroups('x');
      const left = leaveForeignCgroup();
      writeFileSync(${JSON.stringify(answer)}, JSON.stringify([before, left, cgroupOf('self')]));`;
    startIn(join(dir, 'deep'), ...sourceArgv(code));
    const told = await eventually('it has answered', () => readFileSync(answer, 'utf8'));
    expect(JSON.parse(told)).to.deep.equal([null, true, cgroupOf('self')]);
  });

  it('leave us where we are when we are in none', () => {
    const before = cgroupOf('self');
    expect(leaveForeignCgroup()).to.equal(true);
    expect(cgroupOf('self')).to.equal(before);
  });

  it('are had by another user only where that one may join them too', function () {
    if (!isNobodyPossible()) this.skip();
    const delegated = join(cgroups.base, 'delegated');
    mkdirSync(delegated);
    chownSync(delegated, 65534, 65534);
    const code = `import { writeFileSync } from 'node:fs';
      import { openCgroups } from '../src/platform/cgroup.ts';
      writeFileSync('${delegated}/cgroup.procs', '0');
      process.setgid(65534);
      process.setuid(65534);
      console.log(openCgroups('x') && 'had');`;
    const [file, ...args] = sourceArgv(code);
    expect(execFileSync(file, args, { encoding: 'utf8' }).trim()).to.equal('null');
    chownSync(join(delegated, 'cgroup.procs'), 65534, 65534);
    expect(execFileSync(file, args, { encoding: 'utf8' }).trim()).to.equal('had');
  });

  it('are not had by who may not make them', function () {
    if (!isNobodyPossible()) this.skip();
    const code = `import { openCgroups } from '../src/platform/cgroup.ts';
      console.log(openCgroups('x'));`;
    expect(runAsNobody(code)).to.equal('null');
  });
});

describe('a folder that is no cgroup', () => {
  afterEach(cleanUp);

  it('answers nothing, kills nobody and is left clean', () => {
    const folder = tempHome();
    const { os } = start(['sleep', '1000']);
    expect(isPopulated(folder)).to.equal(null);
    expect(cgroupProcs(folder)).to.deep.equal([]);
    expect(killCgroup(folder)).to.equal(false);
    expect(oomKills(folder)).to.equal(null);
    expect(readdirSync(folder)).to.deep.equal([]);
    expect(isSame(os)).to.equal(true);
  });
});

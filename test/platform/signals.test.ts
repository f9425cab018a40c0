import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { childrenMap, isSame, readStat, scan } from '../../src/platform/proc.js';
import {
  parseSignal,
  signalGroup,
  signalName,
  signalNumber,
  signalProcess,
} from '../../src/platform/signals.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, isNobodyPossible, runAsNobody, start, track } from '../support/programs.js';

const ended = async (child: ReturnType<typeof start>['child']): Promise<string | null> => {
  await eventually('it ended', () => child.exitCode !== null || child.signalCode !== null);
  return child.signalCode;
};

describe('names of signals', () => {
  const NAMES = [
    [1, 'SIGHUP'],
    [6, 'SIGABRT'],
    [9, 'SIGKILL'],
    [15, 'SIGTERM'],
    [29, 'SIGIO'],
    [34, 'SIGRTMIN'],
    [37, 'SIGRTMIN+3'],
    [64, 'SIGRTMIN+30'],
  ] as const;
  for (const [number, name] of NAMES)
    it(`${number} is ${name}`, () => {
      expect(signalName(number)).to.equal(name);
      expect(signalNumber(name)).to.equal(number);
    });

  it('has a name for a number that is none', () => {
    expect(signalName(32)).to.equal('SIG32');
    expect(signalNumber('SIG32')).to.equal(null);
  });

  for (const text of ['TERM', 'term', 'SIGTERM', 'sigterm', '15'])
    it(`reads ${text} as SIGTERM`, () => {
      expect(parseSignal(text)).to.equal('SIGTERM');
    });

  it('reads real-time signals', () => {
    expect(parseSignal('rtmin+3')).to.equal('SIGRTMIN+3');
    expect(parseSignal('37')).to.equal('SIGRTMIN+3');
  });

  for (const text of [
    '',
    '0',
    '32',
    '65',
    '100',
    '-9',
    '9x',
    'SIG',
    'NONSENSE',
    'RTMIN+31',
    'constructor',
  ])
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseSignal(text)).to.equal(null);
    });
});

describe('signalling a process', () => {
  afterEach(cleanUp);

  it('reaches it, by a real-time signal too', async () => {
    const { child, os } = start(['sleep', '1000']);
    expect(signalProcess(os, 'SIGRTMIN+3')).to.equal('sent');
    await ended(child);
    expect(signalProcess(os, 'SIGTERM')).to.equal('gone');
  });

  it('never reaches a stranger who has its pid now', async () => {
    const { child, os } = start(['sleep', '1000'], { detached: true });
    const earlier = { pid: os.pid, startTicks: os.startTicks - 1 };
    expect(signalProcess(earlier, 'SIGKILL')).to.equal('gone');
    expect(signalGroup(earlier, 'SIGKILL')).to.equal('gone');
    // A pending SIGKILL comes before any other signal: ending by SIGTERM proves that none was sent.
    expect(signalProcess(os, 'SIGTERM')).to.equal('sent');
    expect(await ended(child)).to.equal('SIGTERM');
  });

  it('spares pid 1 and this very process', () => {
    for (const pid of [1, process.pid]) {
      const { startTicks } = readStat(pid)!;
      expect(signalProcess({ pid, startTicks }, 'SIGCONT')).to.equal('denied');
    }
    expect(signalProcess({ pid: 0, startTicks: 0 }, 'SIGCONT')).to.equal('denied');
    expect(signalProcess({ pid: -1, startTicks: 0 }, 'SIGCONT')).to.equal('denied');
  });

  it('is denied where the process is another user’s', function () {
    if (!isNobodyPossible()) this.skip();
    const { os } = start(['sleep', '1000']);
    const code = `import { signalProcess } from '../src/platform/signals.ts';
      console.log(signalProcess(${JSON.stringify(os)}, 'SIGKILL'));`;
    expect(runAsNobody(code)).to.equal('denied');
    expect(isSame(os)).to.equal(true);
  });

  it('does not guess at a signal that there is not', () => {
    const { os } = start(['sleep', '1000']);
    expect(() => signalProcess(os, 'SIGNONSENSE')).to.throw(RangeError);
  });
});

describe('signalling a group', () => {
  afterEach(cleanUp);

  it('reaches everybody in it', async () => {
    const { os } = start(['sh', '-c', 'sleep 1000 & sleep 1000 & wait'], { detached: true });
    const children = await eventually('two children', () => {
      const found = childrenMap(scan()).get(os.pid) ?? [];
      return found.length === 2 ? found : null;
    });
    expect(signalGroup(os, 'SIGKILL')).to.equal('sent');
    await eventually('all are gone', () => ![os, ...children].some(isSame));
  });

  it('does not reach the group of one who leads none', async () => {
    const { child, os } = start(['sleep', '1000']);
    expect(signalGroup(os, 'SIGKILL')).to.equal('gone');
    expect(signalProcess(os, 'SIGTERM')).to.equal('sent');
    expect(await ended(child)).to.equal('SIGTERM');
  });

  it('does not trust the bare number of a group whose leader is dead', async () => {
    const { child, os } = start(['sh', '-c', 'sleep 1000 & exit'], { detached: true });
    await ended(child);
    const member = await eventually('its child lives', () =>
      [...scan().values()].find(({ pgrp }) => pgrp === os.pid),
    );
    track(member);
    expect(signalGroup(os, 'SIGKILL')).to.equal('gone');
    expect(isSame(member)).to.equal(true);
  });

  it('spares its own', () => {
    const { pgrp } = readStat(process.pid)!;
    const startTicks = readStat(pgrp)?.startTicks ?? 0;
    expect(signalGroup({ pid: pgrp, startTicks }, 'SIGCONT')).to.equal('denied');
    expect(signalGroup({ pid: 1, startTicks: readStat(1)!.startTicks }, 'SIGCONT')).to.equal(
      'denied',
    );
  });

  it('uses the numbers that the shell knows', () => {
    const listed = execFileSync('sh', ['-c', 'kill -l 15'], { encoding: 'utf8' }).trim();
    expect(parseSignal(listed)).to.equal('SIGTERM');
  });
});

import { expect } from 'chai';
import type { OsProcess } from '../../src/domain/os-process.js';
import { scan } from '../../src/platform/proc.js';
import { TreeMeter } from '../../src/platform/tree-meter.js';
import { countedTrees, residentBytes } from '../../src/platform/usage.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, start } from '../support/programs.js';

describe('what runs hold, look after look', () => {
  afterEach(cleanUp);

  /** A meter, and which of these pids its last look read. */
  const metered = () => {
    const read = new Set<number>();
    const meter = new TreeMeter<string>((known) =>
      scan((pid) => {
        const stat = known?.(pid);
        if (!stat) read.add(pid);
        return stat;
      }),
    );
    const look = (
      ...programs: readonly { readonly pid: number; readonly startTicks: number }[]
    ) => {
      read.clear();
      const runs = programs.map(
        (program) => [`${program.pid}`, { program, launcher: null }] as const,
      );
      const trees = meter.look(new Map(runs));
      return new Map([...trees].map(([key, { members }]) => [key, residentBytes(members)]));
    };
    return { look, read };
  };

  const heldBy = (program: OsProcess): number =>
    residentBytes(
      countedTrees(new Map([['run', { program, launcher: null }]]), scan()).get('run')?.members ??
        [],
    );

  /** Started, and past its execve(2), in the middle of which a process holds nothing. */
  const begin = async (command: readonly [string, ...string[]]): Promise<OsProcess> => {
    const { os } = start(command);
    await eventually('it holds memory', () => heldBy(os));
    return os;
  };

  it('is what one look at everything finds, with children that came later', async () => {
    const os = await begin(['sh', '-c', 'sleep 0.3; sleep 1000 & sleep 1000 & wait']);
    const { look } = metered();
    expect(look(os).get(`${os.pid}`)).to.be.greaterThan(0);
    await eventually('both later children are counted', () => {
      const children = [...scan().values()].filter(({ ppid }) => ppid === os.pid);
      return children.length === 2 && look(os).get(`${os.pid}`) === heldBy(os);
    });
  });

  it('reads members and whoever is new, and now and then everything', () => {
    const { os } = start(['sleep', '1000']);
    const stranger = start(['sleep', '1000']).os;
    const { look, read } = metered();
    look(os);
    expect([...read]).to.include.members([os.pid, stranger.pid]);
    const later = start(['sleep', '1000']).os;
    look(os);
    expect([...read])
      .to.include.members([os.pid, later.pid])
      .and.not.include(stranger.pid);
    const looks = Array.from({ length: 12 }, () => {
      look(os);
      return read.has(stranger.pid);
    });
    expect(looks.filter(Boolean)).to.have.length(1);
  });

  it('reads everything when a run is new to it, so that no figure is old', async () => {
    const first = await begin(['sleep', '1000']);
    const second = await begin(['sleep', '1000']);
    const { look, read } = metered();
    look(first);
    look(first);
    expect([...read]).to.not.include(second.pid);
    const found = look(first, second);
    expect([...read]).to.include(process.pid);
    expect(found.get(`${second.pid}`)).to.be.greaterThan(0);
  });

  it('leaves out a program that is gone', () => {
    const { os } = start(['sleep', '1000']);
    const { look } = metered();
    expect(look({ ...os, startTicks: os.startTicks - 1 }).size).to.equal(0);
  });
});

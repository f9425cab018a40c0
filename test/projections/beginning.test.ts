import { expect } from 'chai';
import fc from 'fast-check';
import type { Recorded } from '../../src/domain/event.js';
import { evolve } from '../../src/domain/evolve.js';
import { type Seq, seq } from '../../src/domain/ids.js';
import { appOf, initialState } from '../../src/domain/state.js';
import type { Beginning } from '../../src/projections/beginning.js';
import { IncidentFinder } from '../../src/projections/incidents/find-incidents.js';
import { Narrator } from '../../src/projections/narrator.js';
import { type Lane, timelineOf } from '../../src/projections/timeline.js';
import { app, World } from '../support/given.js';
import { history, lived } from '../support/histories.js';

/** How things stood after so many events. */
const beginningAt = (log: readonly Recorded[], count: number, dropped = 0): Beginning => {
  const state = evolve(initialState, log.slice(0, count));
  const infos = [...state.processes.values()].map((process) => ({
    process,
    app: appOf(state, process),
  }));
  const { at } = log[count - 1]!;
  const { epoch } = state;
  return { seq: seq(count), at, epoch, infos, dropped: seq(dropped), kept: [] };
};

const found = (log: readonly Recorded[], beginning: Beginning | null): IncidentFinder => {
  const finder = new IncidentFinder(beginning);
  for (const event of log.slice(beginning?.seq ?? 0)) finder.observe(event);
  return finder;
};

const lanesOf = ({ history: past }: IncidentFinder): Map<string, Lane> => {
  const { lanes } = timelineOf(past, { from: 0, to: Number.MAX_SAFE_INTEGER });
  return new Map(lanes.filter(({ process }) => process !== null).map((lane) => [lane.name, lane]));
};

const kindsOf = (finder: IncidentFinder): string[] =>
  finder.found().incidents.map(({ kind }) => kind);

describe('a history that begins in the middle', () => {
  it('draws the runs that were open then from their real start, and all later ones', () => {
    fc.assert(
      fc.property(history, fc.double({ min: 0, max: 1, noNaN: true }), (done, share) => {
        const { log } = lived(done);
        const cut = 1 + Math.floor(share * (log.length - 1));
        const [whole, part] = [
          lanesOf(found(log, null)),
          lanesOf(found(log, beginningAt(log, cut))),
        ];
        for (const [name, { bars, waits }] of part) {
          const all = whole.get(name);
          const last = <T>(items: readonly T[] = [], count: number) =>
            items.slice(items.length - count);
          expect(bars.map(({ from, to, text }) => ({ from, to, text }))).to.deep.equal(
            last(all?.bars, bars.length).map(({ from, to, text }) => ({ from, to, text })),
          );
          expect(waits).to.deep.equal(last(all?.waits, waits.length));
        }
        const starts = log.slice(cut).filter(({ type }) => type === 'ProcessStarted').length;
        const drawn = [...part.values()].flatMap(({ bars }) => bars).length;
        expect(drawn).to.be.at.least(starts);
        expect(kindsOf(found(log, beginningAt(log, cut)))).to.not.include.members(['runs-overlap']);
      }),
      { numRuns: 200 },
    );
  });

  it('proves what it finds by events that are still there', () => {
    const world = new World();
    world.up(app('web'));
    const cut = world.log.length;
    world.observe({ kind: 'lost', spawnKey: world.key(), reason: 'no-record' });
    const { incidents } = found(world.log, beginningAt(world.log, cut, cut)).found();
    expect(
      incidents.map(({ kind, seqs, what }) => [kind, seqs[0], what.slice(0, 7)]),
    ).to.deep.equal([['run-lost', cut + 1, 'web (0)']]);
    const whole = found(world.log, null).found().incidents[0];
    expect(whole!.seqs.length).to.equal(incidents[0]!.seqs.length + 1);
  });

  const died = (): World => {
    const world = new World();
    world.up(app('web'));
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: world.state.epoch! });
    return world;
  };

  it('knows of the daemon that lived then, and says nothing of one that was gone', () => {
    const { log } = died();
    const again = log.findLastIndex(({ type }) => type === 'DaemonStarted');
    expect(kindsOf(found(log, null))).to.deep.equal(['daemon-died']);
    expect(kindsOf(found(log, beginningAt(log, again - 1)))).to.deep.equal(['daemon-died']);
    expect(kindsOf(found(log, beginningAt(log, again)))).to.deep.equal([]);
  });

  it('tells events by the names and pids of then', () => {
    const world = new World();
    world.up(app('web'));
    const cut = world.log.length;
    world.now += 5000;
    world.ended(7);
    const narrator = new Narrator(beginningAt(world.log, cut).infos);
    const exit = world.log.find(({ type }) => type === 'ProcessExited')!;
    const { subject, text } = narrator.tell(exit);
    expect(subject).to.equal('web (0)');
    expect(text).to.match(/^pid \d+ exited with code 7 after 5 s$/);
  });

  it('an app goes by the name that it has by then', () => {
    const world = new World();
    world.up(app('web'));
    const [last] = world.log.slice(-1) as [Recorded];
    const renamed = {
      ...last,
      seq: (last.seq + 1) as Seq,
      type: 'AppRenamed',
      data: { app: 'default/web', namespace: 'default', name: 'shop' },
    } as Recorded;
    const finder = found([...world.log, renamed], null);
    expect([...lanesOf(finder).keys()]).to.deep.equal(['shop (0)']);
  });
});

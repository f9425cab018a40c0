import { expect } from 'chai';
import type { EventType, Recorded } from '../../src/domain/event.js';
import { requestKey, type Seq, seq, spawnKey } from '../../src/domain/ids.js';
import { Audit } from '../../src/projections/audit.js';
import type { Invariant } from '../../src/projections/audit-problem.js';
import { app, World } from '../support/given.js';

/** A life with a restart, a signal and a restore. */
const whole = (): readonly Recorded[] => {
  const world = new World();
  world.up(app('a'));
  world.ask({ type: 'SendSignal', targets: [{ kind: 'all' }], signal: 'SIGHUP' });
  world.see({ type: 'SignalDelivered', spawnKey: world.key(), signal: 'SIGHUP', delivered: true });
  world.ask({ type: 'RestartProcesses', targets: [{ kind: 'all' }] });
  world.ended(0);
  world.started();
  return world.log;
};

/** The same with some events changed, left out or added, numbered anew. */
const changed = (change: (event: Recorded) => readonly Recorded[]): Recorded[] =>
  whole()
    .flatMap(change)
    .map((event, index) => ({ ...event, causedBy: null, seq: seq(index + 1) }));

const without = (type: EventType) => changed((event) => (event.type === type ? [] : [event]));
const doubled = (type: EventType) =>
  changed((event) => (event.type === type ? [event, event] : [event]));

const renamed = (event: Recorded, key: string): Recorded =>
  ({ ...event, data: { ...event.data, spawnKey: spawnKey(key) } }) as Recorded;

const asked = (event: Recorded): Recorded => ({
  ...event,
  request: { key: requestKey('k'), actor: { uid: 0, command: 'opm' } },
});

const BROKEN: Readonly<Record<string, readonly [Invariant, () => Recorded[]]>> = {
  'a second run is opened while one is open': [
    'one open run per process',
    () => changed((e) => (e.type === 'SpawnRequested' ? [e, renamed(e, '0-9-x')] : [e])),
  ],
  'a key is requested twice': [
    'a spawn key is performed at most once',
    () => doubled('SpawnRequested'),
  ],
  'a key is started twice': [
    'a spawn key is performed at most once',
    () => doubled('ProcessStarted'),
  ],
  'a run ends that nobody asked for': [
    'every effect has its intent',
    () => changed((e) => (e.type === 'ProcessExited' ? [renamed(e, '0-7-y')] : [e])),
  ],
  'a signal is sent that nobody asked for': [
    'every effect has its intent',
    () => without('SignalRequested'),
  ],
  'a process is created twice': ['ids are never reused', () => doubled('ProcessCreated')],
  'a request is carried out twice': [
    'one request, one outcome',
    () =>
      changed((e) =>
        e.type === 'SignalRequested' || e.type === 'StopRequested' ? [asked(e)] : [e],
      ),
  ],
  'an event names a later one as its cause': [
    'causes come first',
    () => whole().map((event) => (event.seq === 3 ? { ...event, causedBy: seq(3) } : event)),
  ],
};

const audited = (events: readonly Recorded[]): Audit => {
  const audit = new Audit();
  for (const event of events) audit.observe(event);
  return audit;
};

describe('the audit', () => {
  it('finds nothing in a life as it was, and counts what it looked at', () => {
    const events = whole();
    const audit = audited(events);
    expect(audit.problems).to.deep.equal([]);
    const counts = { events: events.length, runs: 2, keys: 2, requests: 3, restores: 0 };
    expect(audit.counts).to.deep.equal(counts);
  });

  for (const [what, [invariant, events]] of Object.entries(BROKEN))
    it(`finds that ${what}, and proves it`, () => {
      const { problems } = audited(events());
      expect(problems.map((problem) => problem.invariant)).to.include(invariant);
      for (const { seqs } of problems) expect(seqs).to.have.length.above(0);
    });

  it('finds a request that answers for other events than its own', () => {
    const audit = audited(changed((e) => (e.type === 'SignalRequested' ? [asked(e)] : [e])));
    const at = whole().find(({ type }) => type === 'SignalRequested')?.seq as Seq;
    audit.observeRequest({ key: requestKey('k'), first: at, last: at });
    expect(audit.problems).to.deep.equal([]);
    audit.observeRequest({ key: requestKey('k'), first: at, last: seq(at + 1) });
    expect(audit.problems).to.have.length(1);
  });
});

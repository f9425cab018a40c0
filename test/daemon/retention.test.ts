import { expect } from 'chai';
import fc from 'fast-check';
import type { Caller } from '../../src/api/service.js';
import { lastBefore, seqOf } from '../../src/daemon/at.js';
import { auditLog } from '../../src/daemon/audit.js';
import { historyHandlers } from '../../src/daemon/history-handlers.js';
import { planPruning } from '../../src/daemon/plan-pruning.js';
import { Retention, retentionPolicy } from '../../src/daemon/retention.js';
import { stateAt } from '../../src/daemon/snapshot.js';
import type { EventData } from '../../src/domain/event.js';
import { evolve } from '../../src/domain/evolve.js';
import { requestKey, type Seq, seq } from '../../src/domain/ids.js';
import { NOTHING } from '../../src/domain/outcome.js';
import { initialState, openRun, type State } from '../../src/domain/state.js';
import type { Anchor, EventLog, RequestRecord } from '../../src/log/event-log.js';
import { app, World } from '../support/given.js';
import { history, lived } from '../support/histories.js';
import { append, codeOf, collect, someEvent } from '../support/logs.js';
import { logOf, MemoryLog } from '../support/memory-log.js';

const record = (log: EventLog, data: EventData['HistoryPruned']) =>
  append(log, [{ type: 'HistoryPruned', data, causedBy: null, runKey: null }], { durable: true });

/** Drops everything up to a seq as the daemon does; false when there was nothing to drop. */
const prune = async (log: EventLog, state: State, through: Seq): Promise<boolean> => {
  const pruning = await planPruning(log, state, through);
  if (!pruning) return false;
  await record(log, pruning.recorded);
  await log.prune(pruning.foundation);
  return true;
};

describe('a history whose beginning was dropped', () => {
  it('proves the rest, and has the same state at every moment that is left', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), fc.nat(), async (done, first, second) => {
        const { log: events, state } = lived(done);
        const log = await logOf(events);
        const cuts = [first, second].map((at) => seq(1 + (at % (events.length - 1))));
        for (const cut of cuts) await prune(log, state, cut);
        expect((await auditLog(log)).problems).to.deep.equal([]);
        const cut = log.anchor()?.seq as Seq;
        for (let at = cut; at <= events.length; at = seq(at + 1)) {
          const expected = evolve(initialState, events.slice(0, at));
          expect(await stateAt(log, at)).to.deep.equal(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps every event of the runs that are open', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (done) => {
        const { log: events, state } = lived(done);
        const log = await logOf(events);
        await prune(log, state, seq(events.length - 1));
        for (const process of state.processes.values()) {
          const key = openRun(process)?.key;
          const of = events.filter(({ data }) => 'spawnKey' in data && data.spawnKey === key);
          for (const { seq: at } of of)
            expect(await log.get(at), `event ${at} of ${key}`).to.deep.include({ seq: at });
        }
      }),
      { numRuns: 60 },
    );
  });

  const labelled = async () => {
    const world = new World();
    world.up(app('a'), app('b'));
    world.ask({ type: 'SaveLabel', label: 'both' });
    world.ask({ type: 'StopProcesses', targets: [{ kind: 'name', name: 'b' }] });
    world.ended(0, 1);
    world.ask({ type: 'SaveLabel', label: 'one' });
    for (let i = 0; i < 5; i += 1) world.ask({ type: 'ResetCounters', targets: [{ kind: 'all' }] });
    const log = await logOf(world.log);
    return { world, log };
  };

  it('has the state at every label, so that a label can be restored', async () => {
    const { world, log } = await labelled();
    const labels = [...world.state.labels.values()];
    const before = await Promise.all(labels.map((at) => stateAt(log, at)));
    await prune(log, world.state, seq(world.log.length - 3));
    await prune(log, world.state, seq(world.log.length - 1));
    expect(await Promise.all(labels.map((at) => stateAt(log, at)))).to.deep.equal(before);
    for (const at of labels) expect(await seqOf(log, String(at))).to.equal(at);
    expect((await auditLog(log)).problems).to.deep.equal([]);
  });

  it('refuses a moment that is not kept, by its name', async () => {
    const { world, log } = await labelled();
    await prune(log, world.state, seq(world.log.length - 2));
    expect(await codeOf(() => seqOf(log, '2'))).to.equal('AT_OUTSIDE_LOG');
    expect(await codeOf(() => seqOf(log, '1970-01-01T00:00:00Z'))).to.equal('AT_OUTSIDE_LOG');
    expect(await seqOf(log, String(world.log.length - 2))).to.equal(world.log.length - 2);
  });

  it('is found out when its anchor, a kept event or a kept state is changed', async () => {
    const { world, log } = await labelled();
    await prune(log, world.state, seq(world.log.length - 2));
    const anchor = log.anchor() as Anchor;
    const whatIsWrong = async (change: Partial<EventLog>): Promise<string[]> => {
      const changed = new Proxy(log, {
        get: (target, name) => {
          const found = change[name as keyof EventLog] ?? Reflect.get(target, name);
          return typeof found === 'function' ? found.bind(target) : found;
        },
      });
      return (await auditLog(changed)).problems.map(({ what }) => what);
    };
    const kept = anchor.events.slice(1);
    const edited = { ...anchor, events: kept };
    expect(await whatIsWrong({ anchor: () => edited })).to.deep.equal(['anchor']);
    const moved = { ...anchor, hash: 'x'.repeat(43) };
    expect(await whatIsWrong({ anchor: () => moved })).to.have.members(['hash', 'anchor']);
    const states = anchor.states.length;
    const wrong = async () => JSON.stringify([1, { apps: [], processes: [], labels: [] }]);
    expect(await whatIsWrong({ keptState: wrong })).to.include.members(
      Array.from({ length: states }, () => 'anchor'),
    );
    expect(await whatIsWrong({})).to.deep.equal([]);
    const cut: EventLog['stored'] = async function* (after, until) {
      for await (const some of log.stored(after, until))
        yield some.filter((event) => event.seq > anchor.seq);
    };
    const missing = await whatIsWrong({ stored: cut });
    expect(missing).to.deep.equal(anchor.events.map(() => 'anchor'));
  });
});

describe('the retention of the history', () => {
  const retention = async (
    policy: { keepMs?: number; keepEvents?: number },
    ages: readonly number[],
  ) => {
    const log = new MemoryLog();
    const now = 1e12;
    for (const age of ages) await append(log, [someEvent(1)], { at: now - age });
    const kept = new Retention({
      log,
      policy: {
        keepMs: Number.POSITIVE_INFINITY,
        keepEvents: Number.POSITIVE_INFINITY,
        ...policy,
      },
      state: () => initialState,
      now: () => now,
      report: async (recorded) => void (await record(log, recorded)),
    });
    await kept.check();
    return { log, kept };
  };
  const many = (count: number, age: number) => Array.from({ length: count }, () => age);
  const first = async (log: EventLog) => (await collect(log.read({ limit: 1 })))[0]?.seq;

  it('drops what is older than it is to be kept', async () => {
    const { log } = await retention({ keepMs: 500 }, [...many(1500, 1000), ...many(20, 100)]);
    expect(await first(log)).to.equal(1501);
    expect(log.head().seq).to.equal(1521);
  });

  it('drops what is more than is to be kept, and a good part at once', async () => {
    const { log } = await retention({ keepEvents: 2000 }, many(4000, 10));
    expect(await first(log)).to.equal(2001);
  });

  it('leaves alone what is hardly too much, and everything when all is to be kept', async () => {
    expect(await first((await retention({ keepEvents: 2000 }, many(2150, 10))).log)).to.equal(1);
    expect(await first((await retention({ keepMs: 500 }, many(900, 1000))).log)).to.equal(1);
    expect(await first((await retention({}, many(3000, 1e9))).log)).to.equal(1);
  });

  it('prunes once when it is asked twice at the same time', async () => {
    const { log, kept } = await retention({}, many(20, 10));
    const ask = () =>
      kept.prune(seq(10), async (recorded) => {
        await record(log, recorded);
        return { repeated: false };
      });
    const answers = await Promise.all([ask(), ask()]);
    expect(answers).to.deep.equal([{ repeated: false }, null]);
    expect((await auditLog(log)).problems).to.deep.equal([]);
  });

  it('carries out what a daemon recorded before it died, and does so once', async () => {
    const { log, kept } = await retention({}, many(20, 10));
    const { recorded } = (await planPruning(log, initialState, seq(10)))!;
    await record(log, recorded);
    expect(await first(log)).to.equal(1);
    await kept.resume();
    expect(await first(log)).to.equal(11);
    expect((await auditLog(log)).problems).to.deep.equal([]);
    const { seq: head } = log.head();
    await kept.resume();
    expect(log.head().seq).to.equal(head);
  });

  it('a prune that is asked for again is answered when it is carried out, whoever died over it', async () => {
    const { log, kept } = await retention({}, many(20, 10));
    const { recorded } = (await planPruning(log, initialState, seq(10)))!;
    await record(log, recorded);
    const answer = { ...NOTHING, pruned: { through: seq(10), events: 10 }, repeated: true };
    const handlers = historyHandlers({
      log: Object.assign(log, { request: async () => ({}) as RequestRecord }),
      loop: { state: initialState },
      info: () => ({ home: '/nowhere' }),
      retention: kept,
      submit: async () => answer,
      momentIn: (found) => found,
    });
    const caller = { key: requestKey('again') } as Caller;
    expect(await handlers['POST /v1/history/prune']({ before: '11' }, caller)).to.equal(answer);
    expect(await first(log)).to.equal(11);
  });

  it('is what the environment says, 90 days and a million events by default', () => {
    const DAY_MS = 86_400_000;
    expect(retentionPolicy({})).to.deep.equal({ keepMs: 90 * DAY_MS, keepEvents: 1_000_000 });
    expect(retentionPolicy({ OPM_HISTORY_KEEP: '7d', OPM_HISTORY_EVENTS: 'all' })).to.deep.equal({
      keepMs: 7 * DAY_MS,
      keepEvents: Number.POSITIVE_INFINITY,
    });
    for (const env of [{ OPM_HISTORY_KEEP: 'soon' }, { OPM_HISTORY_EVENTS: '-1' }])
      expect(() => retentionPolicy(env))
        .to.throw()
        .with.property('code', 'BAD_SETTING');
  });

  it('finds the last event before a moment, and never the end of the log', async () => {
    const { log } = await retention({}, [400, 300, 200, 100]);
    const at = (age: number) => new Date(1e12 - age).toISOString();
    const found = ['1', '3', '4', at(300), at(250), at(0)].map((text) => lastBefore(log, text));
    expect(await Promise.all(found)).to.deep.equal([0, 2, 3, 1, 2, 3]);
    expect(await codeOf(() => lastBefore(log, '5'))).to.equal('AT_OUTSIDE_LOG');
    expect(await codeOf(() => lastBefore(log, 'soon'))).to.equal('BAD_TIME');
  });
});

import { join } from 'node:path';
import { expect } from 'chai';
import { auditLog } from '../../src/daemon/audit.js';
import type { Decided, Recorded } from '../../src/domain/event.js';
import { processId, requestKey, runKey, seq } from '../../src/domain/ids.js';
import type { Anchor, EventLog, Query } from '../../src/log/event-log.js';
import { hashOf } from '../../src/log/hash.js';
import { append, codeOf, collect, openAt, someEvent } from '../support/logs.js';
import { MemoryLog } from '../support/memory-log.js';
import { cleanUp, tempHome } from '../support/programs.js';

const logs: Readonly<Record<string, () => Promise<EventLog>>> = {
  'on LevelDB': () => openAt(join(tempHome(), 'log')),
  'in memory': async () => new MemoryLog(),
};

for (const [where, open] of Object.entries(logs)) {
  describe(`a log ${where}`, () => {
    let log: EventLog;
    beforeEach(async () => {
      log = await open();
    });
    afterEach(async () => {
      await log.close();
      cleanUp();
    });

    const seqsOf = async (query?: Query) => (await collect(log.read(query))).map(({ seq }) => seq);

    it('is empty at first', async () => {
      expect(log.head().seq).to.equal(0);
      expect(await collect(log.read())).to.deep.equal([]);
      expect(await log.get(seq(1))).to.equal(undefined);
      expect(await log.seqAt(5)).to.equal(0);
      expect((await auditLog(log)).problems).to.deep.equal([]);
    });

    it('gives back what was appended, numbered without gaps', async () => {
      const first = await append(log, [someEvent(0), someEvent(1, 'a')]);
      const [third] = await append(log, [someEvent(2)], { durable: true, at: 2000 });
      expect(first.map((event) => event.seq)).to.deep.equal([1, 2]);
      expect(third).to.include({ seq: 3, at: 2000 });
      expect(await collect(log.read())).to.deep.equal([...first, third]);
      expect(await log.get(seq(3))).to.deep.equal(third);
      expect(log.head().seq).to.equal(3);
      expect((await auditLog(log)).problems).to.deep.equal([]);
    });

    it('writes decisions that come at once one after the other', async () => {
      const batches = Array.from({ length: 20 }, (_, i) =>
        append(log, [someEvent(i), someEvent(i)]),
      );
      const seqs = (await Promise.all(batches)).flatMap((events) => events.map(({ seq }) => seq));
      expect(seqs).to.deep.equal(Array.from({ length: 40 }, (_, i) => i + 1));
      expect((await auditLog(log)).problems).to.deep.equal([]);
    });

    it('writes nothing of a batch in which one event cannot be stored', async () => {
      await append(log, [someEvent(0)]);
      const wrong = { ...someEvent(1), data: { process: processId(1), wanted: 'sideways' } };
      expect(await codeOf(() => append(log, [someEvent(2), wrong as Decided]))).to.not.equal(
        'none',
      );
      await append(log, [someEvent(3)]);
      expect(await seqsOf()).to.deep.equal([1, 2]);
      expect((await auditLog(log)).problems).to.deep.equal([]);
    });

    it('reads by process, by restore run, by both, by range, backwards and bounded', async () => {
      const events = [[1], [10, 'a'], [1, 'a'], [2, 'ab'], [1]] as const;
      await append(
        log,
        events.map(([process, run]) => someEvent(process, run)),
      );
      const [one, a] = [processId(1), runKey('a')];
      expect(await seqsOf({ process: one })).to.deep.equal([1, 3, 5]);
      expect(await seqsOf({ process: one, reverse: true, limit: 2 })).to.deep.equal([5, 3]);
      expect(await seqsOf({ runKey: a })).to.deep.equal([2, 3]);
      expect(await seqsOf({ process: one, runKey: a })).to.deep.equal([3]);
      expect(await seqsOf({ process: one, runKey: a, limit: 1 })).to.deep.equal([3]);
      expect(await seqsOf({ after: seq(1), until: seq(3) })).to.deep.equal([2, 3]);
      expect(await seqsOf({ process: one, after: seq(1), until: seq(4) })).to.deep.equal([3]);
      expect(await seqsOf({ reverse: true, limit: 2 })).to.deep.equal([5, 4]);
      expect(await seqsOf({ limit: 0 })).to.deep.equal([]);
    });

    it('replays every event between two seqs in order', async () => {
      await append(log, [someEvent(0), someEvent(1), someEvent(2), someEvent(3)]);
      const found = (await collect(log.replay(seq(1), seq(3)))).flat();
      expect(found).to.deep.equal(await collect(log.read({ after: seq(1), until: seq(3) })));
      expect(found.map((event) => event.seq)).to.deep.equal([2, 3]);
    });

    it('gives the stored text of every event up to a seq', async () => {
      await append(log, [someEvent(0), someEvent(1), someEvent(2)]);
      const found = (await collect(log.stored(seq(0), seq(2)))).flat();
      expect(found.map((event) => event.seq)).to.deep.equal([1, 2]);
      expect(JSON.parse(found[0]!.text)[0]).to.equal('WantedChanged');
    });

    it('remembers a request with its answer and its events, also when it changed nothing', async () => {
      const actor = { uid: 0, command: 'opm test' };
      const ask = (key: string, events: readonly Decided[]): Promise<readonly Recorded[]> => {
        const named = { key: requestKey(key), actor };
        const record = { key: named.key, bodyHash: 'h', answer: { ok: true } };
        return log.append({ events, at: 5, request: named, record, durable: true });
      };
      await ask('b', [someEvent(1), someEvent(2)]);
      await ask('a', []);
      const said = { bodyHash: 'h', answer: { ok: true }, at: 5 };
      const [a, b] = [requestKey('a'), requestKey('b')];
      expect(await log.request(b)).to.deep.equal({ ...said, key: b, first: 1, last: 2 });
      expect(await log.request(requestKey('c'))).to.equal(undefined);
      expect(await collect(log.requests())).to.deep.equal([
        { ...said, key: a, first: null, last: null },
        { ...said, key: b, first: 1, last: 2 },
      ]);
      expect(log.head().seq).to.equal(2);
    });

    it('finds the last event at or before a time', async () => {
      for (const at of [10, 20, 20, 30]) await append(log, [someEvent(0)], { at });
      const found = await Promise.all([5, 10, 25, 99].map((at) => log.seqAt(at)));
      expect(found).to.deep.equal([0, 1, 3, 4]);
    });

    it('drops its beginning with its requests and snapshots, except what an anchor keeps', async () => {
      const named = { key: requestKey('k'), actor: { uid: 0, command: 'opm' } };
      const record = { key: named.key, bodyHash: 'h', answer: {} };
      await append(log, [someEvent(1, 'a'), someEvent(2)], { at: 10 });
      await log.append({
        events: [someEvent(1)],
        at: 20,
        request: named,
        record,
        durable: true,
      });
      await log.saveSnapshot({ seq: seq(2), shape: 's', state: {} });
      const rest = await append(log, [someEvent(1), someEvent(2)], { at: 30 });
      const texts = (await collect(log.stored(seq(0), seq(5)))).flat().map(({ text }) => text);
      const anchor: Anchor = {
        seq: seq(3),
        hash: hashOf(texts[2]!),
        at: 20,
        events: [[seq(1), hashOf(texts[0]!)]],
        states: [[seq(3), hashOf('state')]],
      };
      await log.prune({ anchor, states: new Map([[seq(3), 'state']]) });
      expect(log.anchor()).to.deep.equal(anchor);
      expect(await log.keptState(seq(3))).to.equal('state');
      expect(await log.keptState(seq(2))).to.equal(undefined);
      expect(await seqsOf()).to.deep.equal([1, 4, 5]);
      expect(await seqsOf({ process: processId(1) })).to.deep.equal([1, 4]);
      expect(await seqsOf({ process: processId(2) })).to.deep.equal([5]);
      expect(await seqsOf({ runKey: runKey('a') })).to.deep.equal([1]);
      expect(await log.request(named.key)).to.equal(undefined);
      expect(await log.latestSnapshot('s')).to.equal(undefined);
      expect(await Promise.all([15, 30].map((at) => log.seqAt(at)))).to.deep.equal([0, 5]);
      expect(await collect(log.read({ after: seq(3) }))).to.deep.equal(rest);
      expect(await append(log, [someEvent(3)])).to.have.deep.nested.property('[0].seq', 6);
    });

    it('keeps a snapshot that fits, and passes over one of another shape or a later one', async () => {
      await append(log, [someEvent(0), someEvent(1), someEvent(2)]);
      const save = (at: number, state: unknown) =>
        log.saveSnapshot({ seq: seq(at), shape: 'now', state });
      await save(1, { x: 1 });
      await save(2, { x: 2 });
      await save(9, { x: 9 });
      expect(await log.latestSnapshot('now')).to.deep.equal({ seq: 2, state: { x: 2 } });
      expect(await log.latestSnapshot('now', seq(1))).to.deep.equal({ seq: 1, state: { x: 1 } });
      expect(await log.latestSnapshot('then')).to.equal(undefined);
      expect(await log.latestSnapshot('now', seq(0))).to.equal(undefined);
    });
  });
}

import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Level } from 'level';
import type { Decided, Recorded } from '../../src/domain/event.js';
import { type ProcessId, requestKey, runKey, seq } from '../../src/domain/ids.js';
import { walkChain } from '../../src/log/chain.js';
import type { EventLog } from '../../src/log/event-log.js';
import { openLog } from '../../src/log/open.js';
import { repairLog } from '../../src/log/repair.js';
import { cleanUp, tempHome } from '../support/programs.js';

const actor = { uid: 0, command: 'opm test' };
const event = (process: number, run: string | null = null): Decided => ({
  type: 'WantedChanged',
  data: { process: process as ProcessId, wanted: 'up' },
  causedBy: null,
  runKey: run === null ? null : runKey(run),
});

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

describe('the log', () => {
  let dir: string;
  let count = 0;
  const newId = (): string => {
    count += 1;
    return `id${count}`;
  };
  const open = (create = true): Promise<EventLog> => openLog(dir, { newId, create, waitMs: 0 });
  const append = (log: EventLog, events: readonly Decided[], durable = false, at = 1000) =>
    log.append({ events, at, request: null, record: null, durable });

  beforeEach(() => {
    dir = join(tempHome(), 'log');
  });
  afterEach(cleanUp);

  const codeOf = async (act: () => Promise<unknown>): Promise<string> => {
    try {
      await act();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'none';
  };

  it('gives back what was appended, after it was closed and opened again', async () => {
    const log = await open();
    const recorded = await append(log, [event(0), event(1), event(0)]);
    expect(recorded.map((e) => e.seq)).to.deep.equal([1, 2, 3]);
    await log.close();
    const again = await open(false);
    expect(await collect(again.read())).to.deep.equal(recorded);
    expect(again.head().seq).to.equal(3);
    await again.close();
  });

  it('reads by process, by restore run, by range, backwards and bounded', async () => {
    const log = await open();
    await append(log, [event(1), event(10, 'a'), event(1, 'a'), event(2, 'ab'), event(1)]);
    const seqs = async (query: Parameters<EventLog['read']>[0]) =>
      (await collect(log.read(query))).map((e) => e.seq);
    expect(await seqs({ process: 1 as ProcessId })).to.deep.equal([1, 3, 5]);
    expect(await seqs({ runKey: runKey('a') })).to.deep.equal([2, 3]);
    expect(await seqs({ after: seq(1), until: seq(3) })).to.deep.equal([2, 3]);
    expect(await seqs({ reverse: true, limit: 2 })).to.deep.equal([5, 4]);
    await log.close();
  });

  it('remembers a request with its answer and its events, also when it changed nothing', async () => {
    const log = await open();
    const key = requestKey('k');
    const record = { key, bodyHash: 'h', answer: { ok: true } };
    await log.append({ events: [], at: 5, request: { key, actor }, record, durable: true });
    expect(await log.request(key)).to.deep.equal({ ...record, at: 5, first: null, last: null });
    expect(log.head().seq).to.equal(0);
    await log.close();
  });

  it('finds the last event at or before a time', async () => {
    const log = await open();
    for (const at of [10, 20, 20, 30]) await append(log, [event(0)], false, at);
    expect(await Promise.all([5, 10, 25, 99].map((at) => log.seqAt(at)))).to.deep.equal([
      0, 1, 3, 4,
    ]);
    await log.close();
  });

  it('keeps a snapshot that fits, and passes over one of another shape', async () => {
    const log = await open();
    await append(log, [event(0), event(1)]);
    await log.saveSnapshot({ seq: seq(2), shape: 'now', state: { x: 1 } });
    expect(await log.latestSnapshot('now')).to.deep.equal({ seq: 2, state: { x: 1 } });
    expect(await log.latestSnapshot('then')).to.equal(undefined);
    expect(await log.latestSnapshot('now', seq(1))).to.equal(undefined);
    await log.close();
  });

  it('is opened by one only, and says which process holds it', async () => {
    const log = await open();
    expect(await codeOf(() => open())).to.equal('LOG_LOCKED');
    await log.close();
  });

  it('is not made by whoever only reads', async () => {
    expect(await codeOf(() => open(false))).to.equal('LOG_MISSING');
    expect(existsSync(dir)).to.equal(false);
  });

  const edit = async (change: (db: Level<string, string>) => Promise<unknown>): Promise<void> => {
    const db = new Level<string, string>(dir);
    await db.open();
    await change(db);
    await db.close();
  };

  const problems = async (): Promise<string[]> => {
    const log = await open(false);
    const links = await collect(walkChain(log));
    await log.close();
    return links.flatMap((link) => link.problems.map(({ kind, seq: at }) => `${kind} ${at}`));
  };

  const fill = async (events: number): Promise<void> => {
    const log = await open();
    for (let i = 0; i < events; i += 1) await append(log, [event(i)]);
    await log.close();
  };

  it('shows an altered event and a missing one, and is refused when its end does not fit', async () => {
    await fill(5);
    expect(await problems()).to.deep.equal([]);
    await edit(async (db) => db.put('e13', (await db.get('e13'))!.replace('1000', '1001')));
    expect(await problems()).to.deep.equal(['hash 3']);
    await edit((db) => db.del('e13'));
    expect(await problems()).to.deep.equal(['gap 4']);
    await edit(async (db) => db.put('e15', (await db.get('e15'))!.replace('1000', '1001')));
    expect(await codeOf(() => open(false))).to.equal('LOG_CORRUPT');
  });

  it('refuses an unknown type, an unknown version and an unknown format by name', async () => {
    await fill(1);
    const original = await new Promise<string>((resolve) => {
      void edit(async (db) => resolve((await db.get('e11'))!));
    });
    await edit((db) => db.put('e11', original.replace('WantedChanged', 'Imagined')));
    expect(await codeOf(() => open(false))).to.equal('LOG_EVENT_UNKNOWN');
    await edit((db) => db.put('e11', original.replace('"WantedChanged",1', '"WantedChanged",9')));
    expect(await codeOf(() => open(false))).to.equal('LOG_EVENT_UNKNOWN');
    await edit(async (db) => db.put('m', (await db.get('m'))!.replace('"format":1', '"format":7')));
    expect(await codeOf(() => open(false))).to.equal('LOG_FORMAT');
  });

  it('incident 27: after power loss at any byte of the last write, what was acknowledged is there and nothing is half', async function () {
    this.timeout(120_000);
    const log = await open();
    await append(log, [event(0), event(1)], true);
    const wal = join(dir, readdirSync(dir).find((name) => name.endsWith('.log'))!);
    const acknowledged = readFileSync(wal).length;
    await append(log, [event(2), event(3), event(4)]);
    const whole = readFileSync(wal).length;
    const copies = `${dir}-copies`;
    mkdirSync(copies);
    for (let size = acknowledged; size <= whole; size += 7) {
      const copy = join(copies, String(size));
      cpSync(dir, copy, { recursive: true, filter: (path) => !path.endsWith('LOCK') });
      truncateSync(join(copy, wal.slice(dir.length + 1)), size);
    }
    await log.close();
    for (const size of readdirSync(copies)) {
      const torn = await openLog(join(copies, size), { newId: () => '', create: false, waitMs: 0 });
      const events: Recorded[] = await collect(torn.read());
      expect([2, 5], `events of a log cut at ${size}`).to.include(events.length);
      expect(torn.head().seq).to.equal(events.length);
      await torn.close();
    }
  });

  it('is repaired to its longest whole beginning, and the damaged one is kept', async () => {
    await fill(6);
    await edit(async (db) => db.put('e14', (await db.get('e14'))!.replace('1000', '1001')));
    const now = new Date(0);
    const dry = await repairLog(dir, { dryRun: true, now });
    expect(dry).to.include({ kept: 3, setAside: null });
    const report = await repairLog(dir, { dryRun: false, now });
    expect(report.kept).to.equal(3);
    expect(existsSync(report.setAside!)).to.equal(true);
    expect(await problems()).to.deep.equal([]);
  });

  it('incident 28: a damaged file is refused with its name, and nothing is deleted', async () => {
    await fill(3);
    const manifest = readdirSync(dir).find((name) => name.startsWith('MANIFEST'))!;
    copyFileSync(join(dir, manifest), join(dir, 'kept'));
    writeFileSync(join(dir, manifest), 'nonsense');
    const before = readdirSync(dir).filter((name) => !name.startsWith('LOG'));
    expect(await codeOf(() => open(false))).to.equal('LOG_CORRUPT');
    expect(readdirSync(dir).filter((name) => !name.startsWith('LOG'))).to.deep.equal(before);
  });
});

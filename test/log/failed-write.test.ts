import { join } from 'node:path';
import { expect } from 'chai';
import { Level } from 'level';
import { auditLog } from '../../src/daemon/audit.js';
import { requestKey, seq } from '../../src/domain/ids.js';
import { genesis } from '../../src/log/hash.js';
import { HOME } from '../../src/log/keys.js';
import { LevelLog } from '../../src/log/level-log.js';
import type { Database } from '../../src/log/writer.js';
import { append, codeOf, collect, newId, openAt, someEvent } from '../support/logs.js';
import { cleanUp, tempHome } from '../support/programs.js';

/** A disk that fails when it is told to: before anything is written, or after all of it was. */
interface Disk {
  fails: 'not' | 'before' | 'after';
  /** Whether a failed database can be opened again. */
  opens: boolean;
}

const full = (): Error => new Error('IO error: No space left on device');

/** What LevelDB does on such a disk: after a failure it takes nothing until it is opened again. */
const onDisk = (db: Database, disk: Disk): Database => {
  let isBroken = false;
  const overrides: Partial<Record<keyof Database, unknown>> = {
    batch: () => {
      const batch = db.batch();
      const write = batch.write.bind(batch);
      const failing = async (options: never): Promise<void> => {
        if (isBroken) throw new Error('written behind a failed write');
        if (disk.fails === 'not') return write(options);
        isBroken = true;
        await (disk.fails === 'after' ? write(options) : batch.close());
        throw full();
      };
      return Object.assign(batch, { write: failing });
    },
    open: async () => {
      if (!disk.opens) throw full();
      isBroken = false;
      return db.open();
    },
  };
  return new Proxy(db, {
    get: (target, name) => {
      const found = overrides[name as keyof Database] ?? Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
};

describe('the log on a disk that fails', () => {
  let dir: string;
  let disk: Disk;
  let log: LevelLog;
  const key = requestKey('k');

  beforeEach(async () => {
    dir = join(tempHome(), 'log');
    disk = { fails: 'not', opens: true };
    const db: Database = new Level(dir);
    await db.open();
    const identity = { id: 'a', createdAt: 1, format: 1 };
    await db.put(HOME, JSON.stringify(identity));
    const head = { seq: seq(0), hash: genesis(identity) };
    log = new LevelLog(onDisk(db, disk), { identity, head, anchor: null, newId, mark: null });
  });
  afterEach(cleanUp);

  const ask = () =>
    log.append({
      events: [someEvent(1)],
      at: 1,
      request: { key, actor: { uid: 0, command: 'opm' } },
      record: { key, bodyHash: 'h', answer: {} },
      durable: true,
    });

  const expectWhole = async (events: number): Promise<void> => {
    expect(log.head().seq).to.equal(events);
    await log.close();
    const again = await openAt(dir, false);
    expect(await collect(again.read())).to.have.length(events);
    expect((await auditLog(again)).problems).to.deep.equal([]);
    await again.close();
  };

  it('refuses what is not there, and goes on', async () => {
    await append(log, [someEvent(0)]);
    disk.fails = 'before';
    expect(await codeOf(ask)).to.equal('LOG_WRITE_FAILED');
    expect(await log.request(key)).to.equal(undefined);
    disk.fails = 'not';
    await ask();
    await expectWhole(2);
  });

  it('accepts what turns out to be there: opened again, it is on the disk', async () => {
    disk.fails = 'after';
    const [event] = await ask();
    expect(event?.seq).to.equal(1);
    disk.fails = 'not';
    await append(log, [someEvent(2)], { durable: true });
    await expectWhole(2);
  });

  it('takes out what it refused when that turns out to be there later', async () => {
    await append(log, [someEvent(0)]);
    Object.assign(disk, { fails: 'after', opens: false } satisfies Disk);
    expect(await codeOf(ask)).to.equal('LOG_WRITE_FAILED');
    expect(await codeOf(() => append(log, [someEvent(3)]))).to.equal('LOG_WRITE_FAILED');
    Object.assign(disk, { fails: 'not', opens: true } satisfies Disk);
    expect(await log.request(key)).to.equal(undefined);
    expect(await collect(log.read())).to.have.length(1);
    await ask();
    await expectWhole(2);
  });

  it('writes nothing behind a snapshot that failed half way', async () => {
    await append(log, [someEvent(0)]);
    disk.fails = 'before';
    const save = () => log.saveSnapshot({ seq: seq(1), shape: 's', state: {} });
    expect(await codeOf(save)).to.equal('LOG_WRITE_FAILED');
    disk.fails = 'not';
    await append(log, [someEvent(1)], { durable: true });
    await expectWhole(2);
  });

  it('is closed in order though its disk is gone', async () => {
    await append(log, [someEvent(0)], { durable: true });
    Object.assign(disk, { fails: 'before', opens: false } satisfies Disk);
    expect(await codeOf(ask)).to.equal('LOG_WRITE_FAILED');
    await expectWhole(1);
  });
});

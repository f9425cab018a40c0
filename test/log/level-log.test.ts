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
import { auditLog } from '../../src/daemon/audit.js';
import type { Recorded } from '../../src/domain/event.js';
import { seq } from '../../src/domain/ids.js';
import { openLog, openLogForReading } from '../../src/log/open.js';
import { append, codeOf, collect, edit, openAt, someEvent } from '../support/logs.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('the log', () => {
  let dir: string;
  const open = (create = true) => openAt(dir, create);

  beforeEach(() => {
    dir = join(tempHome(), 'log');
  });
  afterEach(cleanUp);

  it('gives back what was appended, after it was closed and opened again', async () => {
    const log = await open();
    const recorded = await append(log, [someEvent(0), someEvent(1), someEvent(0)]);
    expect(recorded.map((e) => e.seq)).to.deep.equal([1, 2, 3]);
    await log.close();
    const again = await open(false);
    expect(await collect(again.read())).to.deep.equal(recorded);
    expect(again.head().seq).to.equal(3);
    await again.close();
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

  const problems = async (): Promise<string[]> => {
    const log = await open(false);
    const { problems: found } = await auditLog(log);
    await log.close();
    return found.map(({ what, seqs }) => `${what} ${seqs}`);
  };

  const fill = async (events: number): Promise<void> => {
    const log = await open();
    for (let i = 0; i < events; i += 1) await append(log, [someEvent(i)]);
    await log.close();
  };

  it('shows an altered event and a missing one, and is refused when its end does not fit', async () => {
    await fill(5);
    expect(await problems()).to.deep.equal([]);
    await edit(dir, async (db) => db.put('e13', (await db.get('e13'))!.replace('1000', '1001')));
    expect(await problems()).to.deep.equal(['hash 3']);
    await edit(dir, (db) => db.del('e13'));
    expect(await problems()).to.deep.equal(['gap 4']);
    await edit(dir, async (db) => db.put('e15', (await db.get('e15'))!.replace('1000', '1001')));
    expect(await codeOf(() => open(false))).to.equal('LOG_CORRUPT');
  });

  it('is not replayed past an altered event, or past a missing one', async () => {
    await fill(5);
    const replayed = async (from: number): Promise<number[]> => {
      const log = await open(false);
      try {
        const found = await collect(log.replay(seq(from), log.head().seq));
        return found.flat().map((event) => event.seq);
      } finally {
        await log.close();
      }
    };
    expect(await replayed(2)).to.deep.equal([3, 4, 5]);
    await edit(dir, async (db) => db.put('e13', (await db.get('e13'))!.replace('1000', '1001')));
    expect(await codeOf(() => replayed(2))).to.equal('LOG_CORRUPT');
    expect(await replayed(3)).to.deep.equal([4, 5]);
    await edit(dir, (db) => db.del('e13'));
    expect(await codeOf(() => replayed(2))).to.equal('LOG_CORRUPT');
  });

  it('refuses an unknown type, an unknown version and an unknown format by name', async () => {
    await fill(1);
    let original = '';
    await edit(dir, async (db) => {
      original = (await db.get('e11'))!;
    });
    await edit(dir, (db) => db.put('e11', original.replace('WantedChanged', 'Imagined')));
    expect(await codeOf(() => open(false))).to.equal('LOG_EVENT_UNKNOWN');
    await edit(dir, (db) =>
      db.put('e11', original.replace('"WantedChanged",1', '"WantedChanged",9')),
    );
    expect(await codeOf(() => open(false))).to.equal('LOG_EVENT_UNKNOWN');
    await edit(dir, async (db) =>
      db.put('m', (await db.get('m'))!.replace('"format":1', '"format":7')),
    );
    expect(await codeOf(() => open(false))).to.equal('LOG_FORMAT');
  });

  it('incident 27: after power loss at any byte of the last write, what was acknowledged is there and nothing is half', async function () {
    this.timeout(120_000);
    const log = await open();
    await append(log, [someEvent(0), someEvent(1)], { durable: true });
    const wal = join(dir, readdirSync(dir).find((name) => name.endsWith('.log'))!);
    const acknowledged = readFileSync(wal).length;
    await append(log, [someEvent(2), someEvent(3), someEvent(4)]);
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

  it('incident 28: a table that was cut is refused by its name in the log, also by a reader', async () => {
    await fill(3);
    // LevelDB makes tables of its write-ahead file when it opens it.
    await edit(dir, async () => {});
    for (const name of readdirSync(dir).filter((file) => file.endsWith('.ldb')))
      truncateSync(join(dir, name), 50);
    for (const opening of [() => open(false), () => openLogForReading(dir)]) {
      const error = await opening().then(
        () => null,
        (thrown: Error & { code: string }) => thrown,
      );
      expect(error?.code).to.equal('LOG_CORRUPT');
      expect(error?.message).to.include(dir);
    }
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

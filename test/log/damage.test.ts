import {
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { auditLog } from '../../src/daemon/audit.js';
import { openLogForReading } from '../../src/log/open.js';
import {
  append,
  codeOf,
  collect,
  contentOf,
  copyLog,
  edit,
  openAt,
  someEvent,
  writeAheadOf,
} from '../support/logs.js';
import { cleanUp, tempHome } from '../support/programs.js';

const DAMAGED = ['LOG_DAMAGED', 'LOG_CORRUPT'];
/** More than one block of 32 KiB, so that LevelDB can read on behind a damaged one. */
const LARGE = 400;

const flip = (file: string, at: number): void => {
  const bytes = readFileSync(file);
  bytes[at] = bytes[at]! ^ 0x10;
  writeFileSync(file, bytes);
};

describe('a damaged log', () => {
  let home: string;
  let dir: string;
  beforeEach(() => {
    home = tempHome();
    dir = join(home, 'log');
  });
  afterEach(cleanUp);

  let copies = 0;
  /** A log as it stands on the disk while it is open, of so many acknowledged events and others after them. */
  const copyOf = async (acknowledged: number, others = 0) => {
    const log = await openAt(dir);
    for (let i = 0; i < acknowledged; i += 1)
      await append(log, [someEvent(i)], { durable: i === acknowledged - 1 });
    const size = readFileSync(writeAheadOf(dir)).length;
    for (let i = 0; i < others; i += 1) await append(log, [someEvent(i)]);
    const copy = (): string => {
      copies += 1;
      return copyLog(dir, join(home, `copy-${copies}`));
    };
    return { log, copy, size };
  };

  const expectRefused = async (copy: string, what: string): Promise<void> => {
    const before = contentOf(copy);
    expect(await codeOf(() => openAt(copy)), what).to.be.oneOf(DAMAGED);
    expect(await codeOf(() => openLogForReading(copy)), what).to.be.oneOf(DAMAGED);
    const after = contentOf(copy);
    for (const [name, digest] of Object.entries(before))
      if (!name.startsWith('LO')) expect(after[name], `${name} after ${what}`).to.equal(digest);
  };

  it('incident 28: is refused when a bit of an acknowledged write is flipped, and is left as it is', async () => {
    const { log, copy, size } = await copyOf(12);
    for (let at = 3; at < size; at += 197) {
      const damaged = copy();
      flip(writeAheadOf(damaged), at);
      await expectRefused(damaged, `bit of byte ${at}`);
    }
    await log.close();
  });

  it('incident 27: is refused when an acknowledged write was cut off, and is left as it is', async () => {
    const { log, copy, size } = await copyOf(6, 2);
    for (let length = 0; length < size; length += 131) {
      const damaged = copy();
      truncateSync(writeAheadOf(damaged), length);
      const code = await codeOf(() => openAt(damaged));
      expect(code, `cut at ${length}`).to.be.oneOf(DAMAGED);
    }
    const gone = copy();
    unlinkSync(writeAheadOf(gone));
    expect(await codeOf(() => openAt(gone))).to.be.oneOf(DAMAGED);
    await log.close();
  });

  it('incident 27: loses what stands behind a gap that nobody was told of, and is whole', async () => {
    const { log, copy, size } = await copyOf(3, LARGE);
    for (const at of [size + 3, size + 40, size + 33_000]) {
      const torn = copy();
      flip(writeAheadOf(torn), at);
      const again = await openAt(torn);
      const events = await collect(again.read());
      expect(events.length).to.be.within(3, LARGE);
      expect((await auditLog(again)).problems).to.deep.equal([]);
      expect(again.head().seq).to.equal(events.length);
      await again.close();
    }
    await log.close();
  });

  it('incident 27: is whole again when the blocks of an unacknowledged write were never filled', async () => {
    const { log, copy, size } = await copyOf(3, 40);
    const torn = copy();
    const file = writeAheadOf(torn);
    const length = readFileSync(file).length;
    writeFileSync(file, readFileSync(file).fill(0, size + 20));
    expect(readFileSync(file)).to.have.length(length);
    const again = await openAt(torn);
    expect(again.head().seq).to.equal(3);
    await again.close();
    await log.close();
  });

  it('is refused when it was closed in order and any part of its last file is damaged', async () => {
    const { log } = await copyOf(1, 3);
    await log.close();
    flip(writeAheadOf(dir), 30);
    await expectRefused(dir, 'a flipped bit');
  });

  for (const name of ['CURRENT', 'MANIFEST', '.ldb']) {
    it(`is never replaced by a new one when its ${name} is gone`, async () => {
      for (let opened = 0; opened < 2; opened += 1) {
        const log = await openAt(dir);
        await append(log, [someEvent(1)], { durable: true });
        await log.close();
      }
      for (const file of readdirSync(dir).filter((found) => found.includes(name)))
        rmSync(join(dir, file));
      const before = readdirSync(dir).filter((found) => !found.startsWith('LO'));
      expect(await codeOf(() => openAt(dir))).to.be.oneOf(DAMAGED);
      expect(readdirSync(dir).filter((found) => !found.startsWith('LO'))).to.deep.equal(before);
    });
  }

  it('is made though an earlier attempt died before it had made anything', async () => {
    const log = await openAt(dir);
    await log.close();
    for (const file of readdirSync(dir)) rmSync(join(dir, file));
    writeFileSync(join(dir, 'MANIFEST-000001'), '');
    const again = await openAt(dir);
    expect(again.head().seq).to.equal(0);
    await again.close();
  });

  it('is refused with the acknowledgement of another log', async () => {
    const { log, copy } = await copyOf(2);
    const swapped = copy();
    await log.close();
    const other = await openAt(join(home, 'other'));
    await append(other, [someEvent(1)], { durable: true });
    await other.close();
    writeFileSync(join(swapped, 'acknowledged'), readFileSync(join(home, 'other', 'acknowledged')));
    expect(await codeOf(() => openLogForReading(swapped))).to.equal('LOG_DAMAGED');
    expect(await codeOf(() => openAt(swapped))).to.equal('LOG_DAMAGED');
  });

  it('is opened when one of the two acknowledgements is half written', async () => {
    const { log, copy } = await copyOf(3);
    await append(log, [someEvent(1)], { durable: true });
    const torn = copy();
    await log.close();
    const mark = join(torn, 'acknowledged');
    const bytes = readFileSync(mark);
    writeFileSync(mark, bytes.fill(0x20, 512 + 20));
    const again = await openAt(torn);
    expect(again.head().seq).to.equal(4);
    await again.close();
  });

  it('is read without a change to it, also while a daemon has it open', async () => {
    const { log, copy } = await copyOf(3, 2);
    const before = contentOf(dir);
    const reader = await openLogForReading(dir);
    expect((await collect(reader.read())).map((event) => event.seq)).to.deep.equal([1, 2, 3, 4, 5]);
    await append(log, [someEvent(9)], { durable: true });
    expect(reader.head().seq).to.equal(5);
    await reader.close();
    await log.close();
    const left = copy();
    const untouched = contentOf(left);
    await (await openLogForReading(left)).close();
    expect(contentOf(left)).to.deep.equal(untouched);
    expect(before).to.include.keys(basename(writeAheadOf(left)));
  });

  it('shows an acknowledged event that was edited', async () => {
    const { log } = await copyOf(3);
    await log.close();
    await edit(dir, async (db) => {
      const text = (await db.get('e13'))!.replace('1000', '1001');
      await db.batch([
        { type: 'put', key: 'e13', value: text },
        { type: 'del', key: 'h' },
      ]);
    });
    expect(await codeOf(() => openAt(dir))).to.be.oneOf(DAMAGED);
  });
});

import { join } from 'node:path';
import { expect } from 'chai';
import { seq } from '../../src/domain/ids.js';
import type { Anchor, EventLog } from '../../src/log/event-log.js';
import { hashOf } from '../../src/log/hash.js';
import { append, collect, copyLog, edit, openAt, someEvent } from '../support/logs.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('a log on LevelDB whose beginning is dropped', () => {
  let dir: string;
  beforeEach(() => {
    dir = join(tempHome(), 'log');
  });
  afterEach(cleanUp);

  /** Drops the first three events, and keeps nothing of them. */
  const prune = async (log: EventLog): Promise<void> => {
    const texts = (await collect(log.stored(seq(0), seq(3)))).flat().map(({ text }) => text);
    const states = new Map([[seq(3), 'state']]);
    const kept: Anchor['states'] = [[seq(3), hashOf('state')]];
    const anchor = { seq: seq(3), hash: hashOf(texts[2]!), at: 1000, events: [], states: kept };
    await log.prune({ anchor, states });
  };
  const seqs = async (log: EventLog) => (await collect(log.read())).map((event) => event.seq);

  it('is the same when it is opened again', async () => {
    const log = await openAt(dir);
    await append(
      log,
      Array.from({ length: 5 }, () => someEvent(1)),
    );
    await prune(log);
    const anchor = log.anchor();
    await log.close();
    const again = await openAt(dir, false);
    expect(again.anchor()).to.deep.equal(anchor);
    expect(await seqs(again)).to.deep.equal([4, 5]);
    await again.close();
  });

  it('is opened though what was acknowledged last has been dropped', async () => {
    const log = await openAt(dir);
    await append(log, [someEvent(1), someEvent(1)], { durable: true });
    await append(log, [someEvent(1), someEvent(1), someEvent(1)]);
    await prune(log);
    const copy = copyLog(dir, `${dir}-copy`);
    await log.close();
    const again = await openAt(copy, false);
    expect(await seqs(again)).to.deep.equal([4, 5]);
    await again.close();
  });

  it('is swept to the end when that was broken off', async () => {
    const log = await openAt(dir);
    await append(
      log,
      Array.from({ length: 5 }, () => someEvent(1)),
    );
    const [second] = (await collect(log.stored(seq(1), seq(2)))).flat();
    await prune(log);
    await log.close();
    await edit(dir, (db) => db.put('e12', second!.text));
    const again = await openAt(dir, false);
    expect(await seqs(again)).to.deep.equal([2, 4, 5]);
    await again.sweep();
    expect(await seqs(again)).to.deep.equal([4, 5]);
    await again.close();
  });
});

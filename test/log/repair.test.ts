import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { auditLog } from '../../src/daemon/audit.js';
import { seq } from '../../src/domain/ids.js';
import type { Anchor } from '../../src/log/event-log.js';
import { hashOf } from '../../src/log/hash.js';
import { repairLog } from '../../src/log/repair.js';
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

let now: Date;

describe('the repair of a log', () => {
  let dir: string;
  beforeEach(() => {
    dir = join(tempHome(), 'log');
    now = new Date(0);
  });
  afterEach(cleanUp);

  const fill = async (events: number): Promise<void> => {
    const log = await openAt(dir);
    for (let i = 0; i < events; i += 1) await append(log, [someEvent(i)], { durable: true });
    await log.close();
  };
  const alter = (key: string): Promise<void> =>
    edit(dir, async (db) => db.put(key, (await db.get(key))!.replace('1000', '1001')));

  /** Repairs, first without a change, and opens what is left. */
  const repaired = async () => {
    now = new Date(now.getTime() + 1);
    const { LOCK: _, ...before } = contentOf(dir);
    const dry = await repairLog(dir, { dryRun: true, now });
    expect(contentOf(dir)).to.deep.include(before);
    const report = await repairLog(dir, { dryRun: false, now });
    expect(report).to.deep.equal({ ...dry, setAside: report.setAside });
    expect(contentOf(report.setAside ?? dir)).to.deep.include(before);
    const log = await openAt(dir, false);
    expect((await auditLog(log)).problems).to.deep.equal([]);
    expect(log.head().seq).to.equal(report.lastSeq);
    await log.close();
    return report;
  };

  it('changes nothing of a log that is whole', async () => {
    await fill(3);
    expect(await repaired()).to.include({ kept: 3, dropped: 0, problem: null, setAside: null });
  });

  it('keeps what stands before an altered event, a missing one, and one that cannot be read', async () => {
    await fill(6);
    await alter('e14');
    expect(await repaired()).to.include({ kept: 3, dropped: 3 });
    await edit(dir, (db) => db.del('e12'));
    expect(await repaired()).to.include({ kept: 1, dropped: 2 });
  });

  it('does not keep a last event that is not what its head record says', async () => {
    await fill(4);
    await alter('e14');
    const report = await repaired();
    expect(report).to.include({ kept: 3, dropped: 1 });
    expect(report.problem).to.include('event 4');
  });

  it('keeps a last event that was acknowledged when only the head record is wrong', async () => {
    await fill(4);
    await edit(dir, async (db) =>
      db.put('h', (await db.get('h'))!.replace(/"hash":".{4}/, '"hash":"0000')),
    );
    expect(await codeOf(() => openAt(dir))).to.equal('LOG_CORRUPT');
    expect(await repaired()).to.include({ kept: 4, dropped: 0 });
  });

  it('says how many acknowledged events are lost with the end of the file', async () => {
    const log = await openAt(dir);
    for (let i = 0; i < 5; i += 1) await append(log, [someEvent(i)], { durable: true });
    const size = readFileSync(writeAheadOf(dir)).length;
    const copy = copyLog(dir, `${dir}-copy`);
    await log.close();
    dir = copy;
    truncateSync(writeAheadOf(dir), size - 5);
    const report = await repaired();
    expect(report).to.include({ kept: 4, dropped: 1 });
    expect(report.problem).to.include('there had been 5');
  });

  it('keeps what a log stands on whose beginning was dropped', async () => {
    await fill(5);
    const log = await openAt(dir, false);
    const texts = (await collect(log.stored(seq(0), seq(2)))).flat().map(({ text }) => text);
    const [first, second] = texts.map(hashOf) as [string, string];
    const states: Anchor['states'] = [[seq(2), hashOf('[1,{}]')]];
    const anchor: Anchor = {
      seq: seq(2),
      hash: second,
      at: 1000,
      events: [[seq(1), first]],
      states,
    };
    await log.prune({ anchor, states: new Map([[seq(2), '[1,{}]']]) });
    await log.close();
    await alter('e15');
    const report = await repairLog(dir, { dryRun: false, now });
    expect(report).to.include({ kept: 2, lastSeq: 4, dropped: 1 });
    const again = await openAt(dir, false);
    expect((await collect(again.read())).map((event) => event.seq)).to.deep.equal([1, 3, 4]);
    expect(again.anchor()).to.deep.equal(anchor);
    expect(await again.keptState(seq(2))).to.equal('[1,{}]');
    await again.close();
  });

  for (const name of ['CURRENT', 'MANIFEST']) {
    it(`finds all events again when ${name} is gone`, async () => {
      await fill(4);
      for (const file of readdirSync(dir).filter((found) => found.startsWith(name)))
        rmSync(join(dir, file));
      const report = await repaired();
      expect(report).to.include({ kept: 4, dropped: 0 });
      expect(report.problem).to.include(dir);
    });
  }

  it('is refused while a daemon has the log, and without a log', async () => {
    const log = await openAt(dir);
    await append(log, [someEvent(0)]);
    const act = () => repairLog(dir, { dryRun: false, now });
    const other = await codeOf(act);
    await log.close();
    expect(other).to.equal('LOG_LOCKED');
    expect(await codeOf(() => repairLog(`${dir}-none`, { dryRun: true, now }))).to.equal(
      'LOG_MISSING',
    );
    expect(existsSync(`${dir}-none`)).to.equal(false);
  });

  it('says that nothing can be proved when the record of the log itself is lost', async () => {
    await fill(2);
    await edit(dir, (db) => db.del('m'));
    writeFileSync(join(dir, 'note'), 'kept');
    const before = contentOf(dir);
    expect(await codeOf(() => repairLog(dir, { dryRun: false, now }))).to.equal('LOG_LOST');
    expect(contentOf(dir)).to.deep.equal(before);
  });
});

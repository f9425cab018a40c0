import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { auditLog } from '../../src/daemon/audit.js';
import { planPruning } from '../../src/daemon/plan-pruning.js';
import { stateAt } from '../../src/daemon/snapshot.js';
import { requestKey, seq } from '../../src/domain/ids.js';
import type { EventLog } from '../../src/log/event-log.js';
import { exportLog } from '../../src/log/export.js';
import { importLog } from '../../src/log/import.js';
import { lived } from '../support/histories.js';
import { append, codeOf, collect, openAt } from '../support/logs.js';
import { cleanUp, tempHome } from '../support/programs.js';

const named = { key: requestKey('k'), actor: { uid: 0, command: 'opm "a\u2028b" \ud800' } };

/** A log of a life with requests, and with a beginning that was dropped if that is asked for. */
const makeLog = async (dir: string, isPruned: boolean): Promise<EventLog> => {
  const { log: events, state } = lived([
    ['started', 'a'],
    ['crashed', 'a'],
    ['restore', 'b'],
    ['started', 'b'],
    ['scaleUp', 'b'],
    ['timers', 'a'],
  ]);
  const log = await openAt(dir);
  for (const event of events)
    await log.append({
      events: [event],
      at: event.at,
      request: null,
      record: null,
      durable: false,
    });
  const label = { type: 'LabelSaved', data: { label: 'x' }, causedBy: null, runKey: null } as const;
  const record = { key: named.key, bodyHash: 'h', answer: { a: 1 } };
  await log.append({ events: [label], at: 3e6, request: named, record, durable: true });
  if (!isPruned) return log;
  const pruning = await planPruning(log, state, seq(events.length - 2));
  const data = pruning!.recorded;
  await append(log, [{ type: 'HistoryPruned', data, causedBy: null, runKey: null }]);
  await log.prune(pruning!.foundation);
  return log;
};

const chunksOf = async function* (text: string, size = 1000) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
};

for (const isPruned of [false, true]) {
  describe(`the export of a log ${isPruned ? 'whose beginning was dropped' : 'that is all there'}`, () => {
    let home: string;
    let log: EventLog;
    let text: string;
    before(async () => {
      home = tempHome();
      log = await makeLog(join(home, 'log'), isPruned);
      text = (await collect(exportLog(log))).join('');
    });
    after(async () => {
      await log.close();
      cleanUp();
    });

    let imports = 0;
    const into = (): string => {
      imports += 1;
      return join(home, `copy-${imports}`, 'log');
    };

    it('makes a log that is the same in everything', async () => {
      const dir = into();
      const report = await importLog(dir, chunksOf(text));
      const copy = await openAt(dir, false);
      expect(copy.head()).to.deep.equal(log.head());
      expect(copy.home()).to.deep.equal(log.home());
      expect(copy.anchor()).to.deep.equal(log.anchor());
      expect(await collect(copy.read())).to.deep.equal(await collect(log.read()));
      expect(await collect(copy.requests())).to.deep.equal(await collect(log.requests()));
      expect(await stateAt(copy)).to.deep.equal(await stateAt(log));
      const audit = await auditLog(copy);
      expect(audit).to.deep.equal(await auditLog(log));
      expect(audit.problems).to.deep.equal([]);
      const events = await collect(log.read());
      expect(report).to.include({ events: events.length, lastSeq: log.head().seq });
      expect((await collect(exportLog(copy))).join('')).to.equal(text);
      await copy.close();
    });

    const expectRefused = async (changed: string): Promise<void> => {
      const dir = into();
      const code = await codeOf(() => importLog(dir, chunksOf(changed)));
      expect(code).to.be.oneOf(['EXPORT_DAMAGED', 'LOG_FORMAT']);
      expect(existsSync(dirname(dir))).to.equal(false);
    };

    it('is refused when it is cut anywhere, and nothing is left of it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(text.length - 1), (cut) => expectRefused(text.slice(0, cut))),
        { numRuns: 25 },
      );
    });

    it('is refused when a line is missing, doubled or moved', async () => {
      const lines = text.trimEnd().split('\n');
      await fc.assert(
        fc.asyncProperty(fc.nat(lines.length - 1), fc.nat(lines.length - 2), async (from, to) => {
          const [line] = lines.slice(from, from + 1);
          const without = lines.toSpliced(from, 1);
          await expectRefused(`${without.join('\n')}\n`);
          await expectRefused(`${lines.toSpliced(from, 0, line!).join('\n')}\n`);
          const moved = without.toSpliced(to, 0, line!);
          if (moved.join() !== lines.join()) await expectRefused(`${moved.join('\n')}\n`);
        }),
        { numRuns: 15 },
      );
    });

    it('is refused when any character of it is another', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.nat(text.length - 1),
          fc.constantFrom('0', 'x', '"', ' '),
          (at, other) =>
            text[at] === other
              ? Promise.resolve()
              : expectRefused(text.slice(0, at) + other + text.slice(at + 1)),
        ),
        { numRuns: 40 },
      );
    });

    it('says which line was edited', async () => {
      const lines = text.split('\n');
      const at = lines.findIndex((line) => line.includes('ProcessStarted'));
      lines[at] = lines[at]!.replace('1000000', '1000001');
      const error = await importLog(into(), chunksOf(lines.join('\n'))).then(
        () => null,
        (refused: Error) => refused,
      );
      expect(error?.message).to.match(/^line \d+ of the export/);
    });

    it('is not imported where anything is, and changes nothing there', async () => {
      const dir = into();
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, 'CURRENT'), 'something');
      expect(await codeOf(() => importLog(dir, chunksOf(text)))).to.equal('LOG_EXISTS');
      expect(readdirSync(dirname(dir))).to.deep.equal(['log']);
      expect(readdirSync(dir)).to.deep.equal(['CURRENT']);
    });
  });
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Level } from 'level';
import { auditLog } from '../../src/daemon/audit.js';
import { decodeState, stateAt } from '../../src/daemon/snapshot.js';
import { seq } from '../../src/domain/ids.js';
import type { Anchor, EventLog } from '../../src/log/event-log.js';
import { openLog } from '../../src/log/open.js';
import { processTable } from '../../src/projections/process-table.js';
import { cleanUp, tempHome } from '../support/programs.js';

const HISTORIES = fileURLToPath(new URL('../histories', import.meta.url));

/** What each recorded history comes to: name, status, restarts and last exit of every process. */
const EXPECTED: Readonly<
  Record<string, readonly (readonly [string, string, number, string | null])[]>
> = {
  // Two instances restarted and scaled to three, a job that failed and was deleted, a kill, a restore, a kill.
  'format-1.ndjson': [
    ['web', 'stopped', 1, 'SIGTERM'],
    ['web', 'stopped', 1, 'SIGTERM'],
    ['web', 'stopped', 0, 'SIGTERM'],
  ],
  // The same one, cut in the middle of its restore: one program is launching, two are online, one has failed.
  'format-1-pruned.ndjson': [
    ['web', 'stopped', 1, 'SIGTERM'],
    ['web', 'stopped', 1, 'SIGTERM'],
    ['web', 'stopped', 0, 'SIGTERM'],
  ],
};

/** A recorded history as a log. */
const opened = async (name: string): Promise<EventLog> => {
  const dir = join(tempHome(), 'log');
  const db = new Level<string, string>(dir);
  for (const line of readFileSync(join(HISTORIES, name), 'utf8').trim().split('\n')) {
    const [key, value] = JSON.parse(line) as [string, string];
    await db.put(key, value);
  }
  await db.close();
  return openLog(dir, { newId: () => '', create: false, waitMs: 0 });
};

describe('recorded histories', () => {
  afterEach(cleanUp);

  it('are all expected to come to something', () => {
    expect(readdirSync(HISTORIES).sort()).to.deep.equal(Object.keys(EXPECTED).sort());
  });

  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(`${name} is whole and replays to what it was`, async () => {
      const log = await opened(name);
      expect((await auditLog(log)).problems).to.deep.equal([]);
      const rows = processTable(await stateAt(log));
      const found = rows.map((row) => [
        row.name,
        row.status,
        row.restarts,
        row.lastExit?.signal ?? null,
      ]);
      expect(found).to.deep.equal(expected);
      expect(rows.every(({ awaitsRestore }) => awaitsRestore)).to.equal(true);
      await log.close();
    });
  }

  it('come to the same state from what an anchor kept as from their beginning, so a changed state needs a step', async () => {
    const whole = await opened('format-1.ndjson');
    const pruned = await opened('format-1-pruned.ndjson');
    const { seq: cut, states } = pruned.anchor() as Anchor;
    expect(cut).to.equal(47);
    for (const [at] of states)
      expect(decodeState((await pruned.keptState(at)) as string)).to.deep.equal(
        await stateAt(whole, at),
      );
    for (let at = cut; at <= whole.head().seq; at = seq(at + 1))
      expect(await stateAt(pruned, at)).to.deep.equal(await stateAt(whole, at));
    await whole.close();
    await pruned.close();
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Level } from 'level';
import { auditLog } from '../../src/daemon/audit.js';
import { decodeState, stateAt } from '../../src/daemon/snapshot.js';
import { seq } from '../../src/domain/ids.js';
import type { Phase } from '../../src/domain/state.js';
import type { Anchor, EventLog } from '../../src/log/event-log.js';
import { openLog } from '../../src/log/open.js';
import { processTable } from '../../src/projections/process-table.js';
import { cleanUp, tempHome } from '../support/programs.js';

const HISTORIES = fileURLToPath(new URL('../histories', import.meta.url));

type Come = readonly (readonly [string, string, number, string | null])[];

const PHASES: Come = [
  ['stubborn', 'stopped', 0, 'SIGKILL'],
  ['web', 'stopped', 0, 'SIGTERM'],
  ['later', 'stopped', 0, null],
  ['slow', 'stopped', 0, 'SIGTERM'],
  ['waits', 'stopped', 0, null],
];

/** What each recorded history comes to: name, status, restarts and last exit of every process. */
const EXPECTED: Readonly<Record<string, Come>> = {
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
  // An atomic restore that is rolled back while a program ignores its signal; beside it one process waits for its
  // restart, two were given up, one waits for its dependent to end, and one for its dependency to be ready.
  'format-1-phases.ndjson': PHASES,
  // The same one, cut when all of that was so.
  'format-1-phases-pruned.ndjson': PHASES,
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

  for (const [name, cut] of [
    ['format-1', 47],
    ['format-1-phases', 68],
  ] as const)
    it(`${name} comes to the same state from what an anchor kept as from its beginning, so a changed state needs a step`, async () => {
      const whole = await opened(`${name}.ndjson`);
      const pruned = await opened(`${name}-pruned.ndjson`);
      const anchor = pruned.anchor() as Anchor;
      expect(anchor.seq).to.equal(cut);
      for (const [at] of anchor.states)
        expect(decodeState((await pruned.keptState(at)) as string)).to.deep.equal(
          await stateAt(whole, at),
        );
      for (let at = anchor.seq; at <= whole.head().seq; at = seq(at + 1))
        expect(await stateAt(pruned, at)).to.deep.equal(await stateAt(whole, at));
      await whole.close();
      await pruned.close();
    });

  it('hold every phase that a process can be in when a log is cut, and a restore that is rolled back', async () => {
    const phases = new Set<string>();
    for (const name of ['format-1', 'format-1-phases']) {
      const log = await opened(`${name}-pruned.ndjson`);
      const state = decodeState((await log.keptState((log.anchor() as Anchor).seq)) as string);
      for (const { phase, leaving } of state.processes.values())
        phases.add(phase.is).add(leaving ? 'leaving' : phase.is);
      if (state.restore?.rollback) phases.add('rolling back');
      await log.close();
    }
    const all: readonly (Phase['is'] | 'leaving' | 'rolling back')[] = [
      'launching',
      'online',
      'stopping',
      'waiting',
      'blocked',
      'errored',
      'leaving',
      'rolling back',
    ];
    expect([...phases]).to.include.members(all);
  });
});

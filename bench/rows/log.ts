import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Level } from 'level';
import { nanoid } from 'nanoid';
import { saveSnapshot, stateAt } from '../../src/daemon/snapshot.js';
import type { Decided } from '../../src/domain/event.js';
import { processId } from '../../src/domain/ids.js';
import type { EventLog } from '../../src/log/event-log.js';
import { openLog } from '../../src/log/open.js';
import type { Bench } from '../bench.js';
import { fill } from '../history.js';
import type { Row } from '../row.js';
import { elapsed, Place, withPlaces } from '../stage.js';

const BATCHES = 200;
const EVENTS = 300_000;
const PROGRAMS = 100;

const open = (dir: string): Promise<EventLog> =>
  openLog(dir, { newId: () => nanoid(12), create: true, waitMs: 0 });

const inFolder = (work: (folder: string) => Promise<void>): Promise<void> =>
  withPlaces(
    () => [new Place()],
    ([place]) => work(place!.folder),
  );

/** As many bytes under as many keys as one of our batches. */
const rawBatch = (db: Level<string, string>, count: number, sync: boolean): Promise<void> => {
  const key = String(count).padStart(12, '0');
  return db
    .batch()
    .put(`e${key}`, 'x'.repeat(170))
    .put(`p1${key}`, '')
    .put('h', 'x'.repeat(64))
    .write({ sync });
};

const appendOnce = (log: EventLog, durable: boolean): Promise<unknown> =>
  log.append({
    events: [
      {
        type: 'WantedChanged',
        data: { process: processId(1), wanted: 'up' },
        causedBy: null,
        runKey: null,
      } as Decided,
    ],
    at: Date.now(),
    request: null,
    record: null,
    durable,
  });

export const append: Row = {
  name: 'append',
  title: 'Append one event',
  method:
    'One batch of one event with its index and head, in this process. The floor is a LevelDB batch of as many keys and bytes.',
  minutes: 1,
  goals: [
    {
      series: 'synced',
      timesFloor: 1.1,
      boundedBy: 'the JSON of the event and the SHA-256 of the chain, beside the sync of the disk',
    },
  ],
  async run(bench: Bench) {
    await inFolder(async (folder) => {
      const log = await open(join(folder, 'log'));
      const raw = new Level<string, string>(join(folder, 'raw'));
      await raw.open();
      for (const [series, durable] of [
        ['synced', true],
        ['unsynced', false],
      ] as const) {
        for (let i = 0; i < (bench.quick ? BATCHES / 4 : BATCHES); i += 1) {
          bench.sample(series, 'floor', await elapsed(() => rawBatch(raw, i, durable)), 'ms');
          bench.sample(series, 'opm', await elapsed(() => appendOnce(log, durable)), 'ms');
        }
      }
      await raw.close();
      await log.close();
    });
  },
};

export const replay: Row = {
  name: 'replay',
  title: 'Replay the log',
  method: `The state of ${PROGRAMS} programs from the log, in this process: from all events, and from a snapshot with none after it.`,
  minutes: 1,
  goals: [
    {
      series: 'events',
      atLeast: 500_000,
      boundedBy:
        'every event is read from LevelDB, parsed, hashed, held against its shape and applied',
    },
  ],
  async run(bench: Bench) {
    for (const events of bench.quick ? [30_000] : [30_000, EVENTS]) {
      await inFolder(async (folder) => {
        mkdirSync(join(folder, 'log'));
        const log = await open(join(folder, 'log'));
        await fill(log, PROGRAMS, events);
        for (let round = 0; round < bench.rounds(5); round += 1) {
          const ms = await elapsed(() => stateAt(log));
          if (events === EVENTS || bench.quick) {
            bench.sample('events', 'opm', (log.head().seq / ms) * 1000, 'events/s');
          }
        }
        await saveSnapshot(log, await stateAt(log));
        for (let round = 0; round < bench.rounds(20); round += 1) {
          const series = `from a snapshot after ${events} events`;
          bench.sample(series, 'opm', await elapsed(() => stateAt(log)), 'ms');
        }
        await log.close();
      });
    }
  },
};

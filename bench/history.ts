import type { App } from '../src/domain/app.js';
import { keyOf } from '../src/domain/app.js';
import type { Decided, EventData, EventType } from '../src/domain/event.js';
import { epoch, processId, spawnKey } from '../src/domain/ids.js';
import { resolveApp } from '../src/effects/resolve-app.js';
import type { EventLog } from '../src/log/event-log.js';

const BATCH = 5000;

const appNamed = (name: string): App =>
  resolveApp(
    { name, script: '/bin/true' },
    { cwd: '/', env: { PATH: '/usr/bin:/bin' }, source: null },
  );

const event = <T extends EventType>(type: T, data: EventData[T]): Decided =>
  ({ type, data, causedBy: null, runKey: null }) as unknown as Decided;

/** One run of a process from intent to end. */
const runOf = (index: number, round: number, at: number): Decided[] => {
  const process = processId(index + 1);
  const key = spawnKey(
    `${process}-${round}-${(index * 7919 + round).toString(36).padStart(8, '0')}`,
  );
  const [launcher, program] = [
    { pid: 1000 + index, startTicks: at % 1e9 },
    { pid: 2000 + index, startTicks: at % 1e9 },
  ];
  const times = { exitedAt: at + 10, closedAt: at + 11, userMs: 1, systemMs: 1 };
  const exit = { code: 1, signal: null, coreDumped: false, maxRssBytes: 1 << 20, oomKills: 0 };
  return [
    event('SpawnRequested', { process, spawnKey: key, reason: round === 1 ? 'start' : 'crash' }),
    event('ProcessStarted', {
      process,
      spawnKey: key,
      program,
      launcher,
      startedAt: at,
      outputFrom: null,
    }),
    event('ProcessExited', { process, spawnKey: key, exit: { ...exit, ...times }, outputTo: null }),
  ];
};

function* historyOf(programs: number, events: number): Generator<Decided> {
  yield event('DaemonStarted', { pid: 1, version: '0', epoch: epoch('bench') });
  for (let i = 0; i < programs; i += 1) {
    const app = appNamed(`app-${i}`);
    yield event('AppDefined', { app });
    const logs = { out: `${app.name}-out.log`, error: `${app.name}-error.log` };
    yield event('ProcessCreated', {
      process: processId(i + 1),
      app: keyOf(app),
      instance: 0,
      logs,
    });
    yield event('WantedChanged', { process: processId(i + 1), wanted: 'down' });
  }
  let count = 1 + 3 * programs;
  for (let round = 1; count < events; round += 1) {
    for (let i = 0; i < programs && count < events; i += 1, count += 3) {
      yield* runOf(i, round, 1_700_000_000_000 + count);
    }
  }
}

/** Fills an empty log with the life of programs that crash and are down at the end. */
export const fill = async (log: EventLog, programs: number, events: number): Promise<void> => {
  let batch: Decided[] = [];
  const write = () =>
    log.append({
      events: batch,
      at: 1_700_000_000_000,
      request: null,
      record: null,
      durable: false,
    });
  for (const decided of historyOf(programs, events)) {
    batch.push(decided);
    if (batch.length < BATCH) continue;
    await write();
    batch = [];
  }
  await write();
};

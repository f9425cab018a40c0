import type { App } from '../src/domain/app.js';
import { keyOf } from '../src/domain/app.js';
import type { Decided, EventData, EventType } from '../src/domain/event.js';
import { epoch, processId, spawnKey } from '../src/domain/ids.js';
import { resolveApp } from '../src/effects/resolve-app.js';
import type { EventLog } from '../src/log/event-log.js';

/** Short of what a daemon drops by itself. */
const SPAN_MS = 80 * 86_400_000;

const appNamed = (name: string): App =>
  resolveApp(
    { name, script: '/bin/true' },
    { cwd: '/', env: { PATH: '/usr/bin:/bin' }, source: null },
  );

const event = <T extends EventType>(type: T, data: EventData[T]): Decided =>
  ({ type, data, causedBy: null, runKey: null }) as unknown as Decided;

/** One run of a process, from its intent to the pause before the next one. */
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
    event('RestartScheduled', {
      process,
      dueAt: at + 100,
      delayMs: 89,
      failures: 1,
      maxRestarts: 16,
    }),
  ];
};

const defined = (index: number): Decided[] => {
  const app = appNamed(appName(index));
  const logs = { out: `${app.name}-out.log`, error: `${app.name}-error.log` };
  const created = { process: processId(index + 1), app: keyOf(app), instance: 0, logs };
  return [event('AppDefined', { app }), event('ProcessCreated', created)];
};

/** Name of the app of a program, counted from 0. */
export const appName = (index: number): string => `app-${index}`;

/** Fills an empty log with about so many events: 80 days of programs that crash now and then and are down at the end. */
export const fill = async (log: EventLog, programs: number, events: number): Promise<void> => {
  const indexes = Array.from({ length: programs }, (_, index) => index);
  const began = Date.now() - SPAN_MS;
  const append = (batch: readonly Decided[], at: number) =>
    log.append({ events: batch, at, request: null, record: null, durable: false });
  const daemon = event('DaemonStarted', { pid: 1, version: '0', epoch: epoch('bench') });
  await append([daemon, ...indexes.flatMap(defined)], began);
  for (let round = 1; log.head().seq < events - programs; round += 1) {
    const at = Math.round(began + (SPAN_MS * log.head().seq) / events);
    await append(
      indexes.flatMap((index) => runOf(index, round, at)),
      at,
    );
  }
  const down = (index: number) =>
    event('WantedChanged', { process: processId(index + 1), wanted: 'down' });
  await append(indexes.map(down), began + SPAN_MS);
};

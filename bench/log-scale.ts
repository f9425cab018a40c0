/**
 * What a long history costs: `node --import tsx bench/log-scale.ts [events]`, on a build of dist/. Makes logs of
 * 10,000 and of so many events (1,000,000), of 100 programs that crash and come back, and prints a table.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditLog } from '../src/daemon/audit.js';
import { planPruning } from '../src/daemon/plan-pruning.js';
import { saveSnapshot, stateAt } from '../src/daemon/snapshot.js';
import { DEFAULT_RESTART, DEFAULT_STOP, keyOf } from '../src/domain/app.js';
import { EMPTY_ENVIRONMENT } from '../src/domain/environment.js';
import type { Decided, EventData, EventType } from '../src/domain/event.js';
import { epoch, processId, seq, spawnKey } from '../src/domain/ids.js';
import { openLog } from '../src/log/open.js';

const OPM = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const SMALL = 10_000;
const LARGE = Number(process.argv[2] ?? 1_000_000);
const PROCESSES = 100;
const ROUNDS = 9;
const DAY_MS = 86_400_000;

const event = <T extends EventType>(type: T, data: EventData[T]): Decided =>
  ({ type, data, causedBy: null, runKey: null }) as unknown as Decided;

const nameOf = (index: number): string => `web-${index}`;

const defined = (index: number): Decided[] => {
  const app = {
    name: nameOf(index),
    namespace: 'default',
    command: {
      script: '/bin/true',
      args: [],
      interpreter: null,
      interpreterArgs: [],
      shell: false,
    },
    cwd: '/',
    env: EMPTY_ENVIRONMENT,
    instances: 1,
    autostart: true,
    restart: DEFAULT_RESTART,
    stop: DEFAULT_STOP,
    policies: {},
    source: null,
  };
  const logs = { out: `${app.name}-out.log`, error: `${app.name}-error.log` };
  const created = { process: processId(index), app: keyOf(app), instance: 0, logs };
  return [event('AppDefined', { app }), event('ProcessCreated', created)];
};

/** One run of a process, from its intent to the next one. */
const ran = (index: number, round: number, at: number): Decided[] => {
  const run = { process: processId(index), spawnKey: spawnKey(`${index}-${round}-abcd1234`) };
  const program = { pid: 1000 + index, startTicks: round };
  const times = { exitedAt: at, closedAt: at + 1, userMs: 3, systemMs: 1, maxRssBytes: 1 << 20 };
  const exit = { code: 1, signal: null, coreDumped: false, oomKills: 0, ...times };
  return [
    event('SpawnRequested', { ...run, reason: 'crash' }),
    event('ProcessStarted', {
      ...run,
      program,
      launcher: program,
      startedAt: at,
      outputFrom: null,
    }),
    event('ProcessExited', { ...run, exit, outputTo: null }),
    event('RestartCancelled', { process: run.process }),
  ];
};

const stopped = (index: number): Decided =>
  event('WantedChanged', { process: processId(index), wanted: 'down' });

/** A home whose log has about so many events, spread over a year, with a snapshot at its end. */
const makeHome = async (home: string, events: number): Promise<void> => {
  let ids = 0;
  const newId = (): string => {
    ids += 1;
    return `id${String(ids).padStart(10, '0')}`;
  };
  const log = await openLog(join(home, 'log'), { newId, create: true, waitMs: 0 });
  const began = Date.now() - 365 * DAY_MS;
  const append = (batch: readonly Decided[], at: number) =>
    log.append({ events: batch, at, request: null, record: null, durable: false });
  const all = Array.from({ length: PROCESSES }, (_, index) => index);
  const daemon = { pid: 1, version: '0', epoch: epoch('an earlier one') };
  await append([event('DaemonStarted', daemon), ...all.flatMap(defined)], began);
  for (let round = 1; log.head().seq < events - PROCESSES; round += 1) {
    const at = Math.round(began + (364 * DAY_MS * log.head().seq) / events);
    await append(
      all.flatMap((index) => ran(index, round, at)),
      at,
    );
  }
  await append(all.map(stopped), began + 364 * DAY_MS);
  await saveSnapshot(log, await stateAt(log));
  await log.close();
};

const opm = (home: string, ...args: string[]): string =>
  execFileSync(process.execPath, [OPM, ...args], {
    env: { ...process.env, OPM_HOME: home, OPM_HISTORY_KEEP: 'all', OPM_HISTORY_EVENTS: 'all' },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });

const timed = (act: () => unknown): number => {
  const from = performance.now();
  act();
  return performance.now() - from;
};

const timedAsync = async (act: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await act();
  return performance.now() - from;
};

/** The median of some rounds, ms; the first one, which fills the caches, is not counted. */
const median = (round: () => number): number => {
  const times = Array.from({ length: ROUNDS + 1 }, round).slice(1);
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
};

const say = (what: string, value: string): void => {
  console.log(`${what.padEnd(64)} ${value}`);
};
const rate = (events: number, time: number): string =>
  `${ms(time)}   ${Math.round(events / (time / 1000))} events/s`;
const ms = (value: number): string => `${value.toFixed(0)} ms`;

const startTime = (home: string): number => {
  const time = timed(() => opm(home, 'daemon', 'start'));
  opm(home, 'daemon', 'stop');
  return time;
};

const compare = (what: string, base: string, of: (home: string) => number, homes: Homes): void => {
  const [less, more] = [median(() => of(homes.base)), median(() => of(homes.large))];
  say(`${what}, ${base}`, ms(less));
  say(`${what}, ${LARGE} events`, `${ms(more)}   ${(more / less).toFixed(2)} times`);
};

interface Homes {
  readonly base: string;
  readonly large: string;
}

/** Reads and cuts the large log in this process, as the daemon does. */
const measureLog = async (dir: string): Promise<void> => {
  const log = await openLog(dir, { newId: () => 'pruned', create: false, waitMs: 0 });
  const events = log.head().seq;
  const cpu = process.cpuUsage();
  const audited = await timedAsync(() => auditLog(log));
  const { user, system } = process.cpuUsage(cpu);
  say(`auditing ${events} events`, rate(events, audited));
  say('the same in CPU time', rate(events, (user + system) / 1000));
  const through = seq(Math.floor(events / 2));
  const pruned = await timedAsync(async () => {
    const pruning = await planPruning(log, await stateAt(log), through);
    if (!pruning) throw new Error('nothing to drop');
    const recorded = event('HistoryPruned', pruning.recorded);
    await log.append({
      events: [recorded],
      at: Date.now(),
      request: null,
      record: null,
      durable: true,
    });
    await log.prune(pruning.foundation);
  });
  say(`dropping ${through} of them`, rate(through, pruned));
  const { problems } = await auditLog(log);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  await log.close();
};

const folder = mkdtempSync(join(tmpdir(), 'opm-scale-'));
const home = (name: string): string => join(folder, name);
try {
  await makeHome(home('small'), SMALL);
  const made = await timedAsync(() => makeHome(home('large'), LARGE));
  say(`making a log of ${LARGE} events`, rate(LARGE, made));
  const last50 = (of: string): number =>
    timed(() => opm(of, 'history', '--process', nameOf(7), '--limit', '50'));
  compare('opm history --process X --limit 50', `${SMALL} events`, last50, {
    base: home('small'),
    large: home('large'),
  });
  compare('opm daemon start', 'empty log', startTime, {
    base: home('empty'),
    large: home('large'),
  });
  const file = join(folder, 'export.ndjson');
  say('opm history export', ms(timed(() => opm(home('large'), 'history', 'export', file))));
  say('opm history import', ms(timed(() => opm(home('copy'), 'history', 'import', file))));
  await measureLog(join(home('large'), 'log'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

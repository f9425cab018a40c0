/**
 * What a long history costs: `node --import tsx bench/log-scale.ts [events]`, on a build of dist/. Makes logs of
 * 10,000 and of so many events (1,000,000), of 100 programs that crash and come back, and prints a table.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nanoid } from 'nanoid';
import { planPruning } from '../src/daemon/plan-pruning.js';
import { saveSnapshot, stateAt } from '../src/daemon/snapshot.js';
import type { Decided } from '../src/domain/event.js';
import { seq } from '../src/domain/ids.js';
import type { EventLog } from '../src/log/event-log.js';
import { openLog } from '../src/log/open.js';
import { appName, fill } from './history.js';
import { summarize } from './stats.js';

const OPM = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const SMALL = 10_000;
const LARGE = Number(process.argv[2] ?? 1_000_000);
const PROGRAMS = 100;
const ROUNDS = 9;
const AUDITS = 3;

const folder = mkdtempSync(join(tmpdir(), 'opm-scale-'));
const home = (name: string): string => join(folder, name);

const open = (name: string, create: boolean): Promise<EventLog> =>
  openLog(join(home(name), 'log'), { newId: () => nanoid(12), create, waitMs: 0 });

const opm = (name: string, ...args: string[]): string =>
  execFileSync(process.execPath, [OPM, ...args], {
    env: { ...process.env, OPM_HOME: home(name) },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });

/** Wall time, ms. */
const timed = async (act: () => unknown): Promise<number> => {
  const from = performance.now();
  await act();
  return performance.now() - from;
};

const rows: string[][] = [['what', 'time', 'beside']];
const say = (what: string, ms: number, beside = ''): void => {
  rows.push([what, `${ms.toFixed(0)} ms`, beside]);
};
const perSecond = (events: number, ms: number): string =>
  `${Math.round(events / (ms / 1000)).toLocaleString('en')} events/s`;

/** Medians of the same work on two homes in turn; the first time, which fills the caches, is not counted. */
const compare = async (
  what: string,
  [less, more]: readonly [name: string, name: string],
  act: (name: string) => Promise<number>,
): Promise<void> => {
  const times: Record<string, number[]> = { [less]: [], [more]: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const name of [less, more]) {
      const ms = await act(name);
      if (round > 0) times[name]?.push(ms);
    }
  }
  const [base, long] = [summarize(times[less] ?? []).median, summarize(times[more] ?? []).median];
  say(`${what}, ${less}`, base);
  say(`${what}, ${more}`, long, `${(long / base).toFixed(2)} times`);
};

const make = async (name: string, events: number): Promise<number> => {
  mkdirSync(home(name), { recursive: true });
  const log = await open(name, true);
  const ms = await timed(() => fill(log, PROGRAMS, events));
  await log.close();
  return ms;
};

/** In this process, as a daemon replays that finds no snapshot; leaves one behind. */
const replay = async (name: string): Promise<void> => {
  const log = await open(name, false);
  const ms = await timed(() => stateAt(log));
  say('replay without a snapshot', ms, perSecond(log.head().seq, ms));
  await saveSnapshot(log, await stateAt(log));
  await log.close();
};

const prune = async (name: string): Promise<void> => {
  const log = await open(name, false);
  const through = seq(Math.floor(log.head().seq / 2));
  const ms = await timed(async () => {
    const pruning = await planPruning(log, await stateAt(log), through);
    if (!pruning) throw new Error('nothing to drop');
    const recorded = { type: 'HistoryPruned', data: pruning.recorded, causedBy: null } as Decided;
    const batch = { events: [{ ...recorded, runKey: null }], at: Date.now(), request: null };
    await log.append({ ...batch, record: null, durable: true });
    await log.prune(pruning.foundation);
  });
  await log.close();
  say('dropping the older half', ms, perSecond(through, ms));
};

const audit = async (name: string): Promise<void> => {
  const times: number[] = [];
  const events = JSON.parse(opm(name, 'history', 'audit', '--json')).events as number;
  for (let round = 0; round < AUDITS; round += 1)
    times.push(await timed(() => opm(name, 'history', 'audit')));
  const { median } = summarize(times);
  say('opm history audit', median, perSecond(events, median));
};

const SHORT = `${SMALL.toLocaleString('en')} events`;
const LONG = `${LARGE.toLocaleString('en')} events`;
try {
  await make(SHORT, SMALL);
  const made = await make(LONG, LARGE);
  say(`writing ${LONG}`, made, perSecond(LARGE, made));
  await replay(LONG);
  await audit(LONG);
  await compare('opm history --process X --limit 50', [SHORT, LONG], (name) =>
    timed(() => opm(name, 'history', '--process', appName(7), '--limit', '50')),
  );
  await compare('opm daemon start', ['an empty log', LONG], async (name) => {
    const ms = await timed(() => opm(name, 'daemon', 'start'));
    opm(name, 'daemon', 'stop');
    return ms;
  });
  const file = join(folder, 'export.ndjson');
  say('opm history export', await timed(() => opm(LONG, 'history', 'export', file)));
  say('opm history import', await timed(() => opm('a copy', 'history', 'import', file)));
  await prune(LONG);
  opm(LONG, 'history', 'audit');
  const [first, second] = [0, 1].map((at) => Math.max(...rows.map((row) => row[at]!.length)));
  for (const [what, time, beside] of rows)
    console.log(`${what!.padEnd(first!)}  ${time!.padStart(second!)}  ${beside}`.trimEnd());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

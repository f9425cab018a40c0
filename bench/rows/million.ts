import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { nanoid } from 'nanoid';
import { openLog } from '../../src/log/open.js';
import type { Bench } from '../bench.js';
import { fill } from '../history.js';
import { socketIn, stopDaemon } from '../managers/opm.js';
import type { Unit } from '../model.js';
import { countEvents, deafFollower, flood } from '../pressure.js';
import { rssMb } from '../processes.js';
import type { Row } from '../row.js';
import { elapsed, opmAlone, type Stage, withPlaces } from '../stage.js';

const SIZES = [10_000, 100_000, 1_000_000];
const PROGRAMS = 100;
const FOLLOWERS = 20;
/** Connections that ask at the same time, and how often each. */
const FLOOD = { clients: 200, requests: 50 };
const HOLD_MS = 3000;
const ROUNDS = 5;

const measure = async (bench: Bench, stage: Stage, events: number): Promise<void> => {
  const { session, folder } = stage;
  const sample = (what: string, value: number, unit: Unit): void =>
    bench.sample(what, 'opm', value, unit, events);
  const lists = async (what: string): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      sample(`list, ${what}`, await elapsed(() => session.list()), 'ms');
    }
  };
  sample('start of the daemon, no snapshot', await elapsed(() => session.boot()), 'ms');
  for (let round = 0; round < ROUNDS; round += 1) {
    await stopDaemon(folder);
    sample('start of the daemon, snapshot', await elapsed(() => session.boot()), 'ms');
  }
  const [daemon] = (await session.roots()) as [number];
  const memory = (what: string): void => sample(`memory, ${what}`, rssMb([daemon]), 'MB');
  memory('at rest');
  await lists('at rest');
  const socket = socketIn(folder);
  let read = 0;
  const ms = await elapsed(async () => {
    read = await countEvents(socket);
  });
  sample('all events streamed', ms, 'ms');
  sample('events streamed', (read / ms) * 1000, 'events/s');
  memory('after the stream');
  const followers = Array.from({ length: FOLLOWERS }, () => deafFollower(socket));
  await pause(HOLD_MS);
  memory('with followers that do not read');
  await lists('meanwhile');
  for (const follower of followers) follower.end();
  const flooding = flood(socket, FLOOD.clients, FLOOD.requests);
  sample('list, during a flood', await elapsed(() => session.list()), 'ms');
  await flooding;
  memory('after a flood of requests');
};

export const million: Row = {
  name: 'million',
  title: 'How opm grows with the length of its log',
  method: `A log of ${PROGRAMS} programs that crashed again and again. Start of the daemon: until the command that launches it exits. ${FOLLOWERS} followers ask for all events and read none for ${HOLD_MS / 1000} s; the flood is ${FLOOD.clients * FLOOD.requests} requests over ${FLOOD.clients} connections.`,
  goals: [],
  minutes: 3,
  grows: { with: 'events', because: {} },
  async run(bench) {
    for (const events of bench.quick ? SIZES.slice(0, 2) : SIZES) {
      await withPlaces(
        () => opmAlone(bench),
        async ([stage]) => {
          const dir = join(stage!.folder, 'home/log');
          mkdirSync(dir, { recursive: true });
          const log = await openLog(dir, { newId: () => nanoid(12), create: true, waitMs: 0 });
          await fill(log, PROGRAMS, events);
          await log.close();
          await measure(bench, stage!, events);
        },
      );
    }
  },
};

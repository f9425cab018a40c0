import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { nanoid } from 'nanoid';
import { openLog } from '../../src/log/open.js';
import type { Bench } from '../bench.js';
import { fill } from '../history.js';
import { opmArgv } from '../managers/opm.js';
import { rssMb } from '../processes.js';
import type { Row } from '../row.js';
import { Stage, timed, withPlaces } from '../stage.js';

const EVENTS = 1_000_000;
const PROGRAMS = 100;
/** Connections that ask at the same time, and how often each. */
const FLOOD = { clients: 200, requests: 50 };
const HOLD_MS = 3000;

/** Asks for all events and reads none of them; the answer is held back by a full socket. */
const deafFollower = (socket: string): { end(): void } => {
  const client = connect(socket);
  client.on('error', () => {});
  client.pause();
  client.write('GET /v1/events?follow=1&after=0 HTTP/1.1\r\nhost: x\r\n\r\n');
  return { end: () => client.destroy() };
};

const label = (socketPath: string, key: string): Promise<number> =>
  new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const call = { socketPath, method: 'POST', path: '/v1/labels', headers, agent: false };
    const outgoing = request(call, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    outgoing.on('error', () => resolve(0));
    outgoing.end(JSON.stringify({ label: 'flood' }));
  });

const flood = async (socket: string): Promise<void> => {
  const client = async (name: number): Promise<void> => {
    for (let i = 0; i < FLOOD.requests; i += 1) await label(socket, `flood-${name}-${i}`);
  };
  await Promise.all(Array.from({ length: FLOOD.clients }, (_, i) => client(i)));
};

/** Reads every event there is from the API's stream; how many they were. */
const countEvents = (socketPath: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path: '/v1/events?after=0', agent: false }, (answer) => {
      let lines = 0;
      answer.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
      });
      // Two line feeds an event, and the last block says that it was the last.
      answer.on('end', () => resolve(Math.floor(lines / 2) - 1));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });

const measure = async (bench: Bench, stage: Stage, events: number): Promise<void> => {
  const { session } = stage;
  const tag = `${events} events`;
  bench.sample(
    `start of the daemon, no snapshot, ${tag}`,
    'opm',
    await timedMs(() => session.boot()),
    'ms',
  );
  await stopDaemon(stage);
  bench.sample(
    `start of the daemon, snapshot, ${tag}`,
    'opm',
    await timedMs(() => session.boot()),
    'ms',
  );
  const socket = join(stage.folder, 'home/opm.sock');
  const [daemon] = (await session.roots()) as [number];
  const memory = (what: string): void =>
    bench.sample(`memory, ${what}, ${tag}`, 'opm', rssMb([daemon]), 'MB');
  memory('at rest');
  const from = performance.now();
  const read = await countEvents(socket);
  const perSecond = (read / (performance.now() - from)) * 1000;
  bench.sample(`events streamed, ${tag}`, 'opm', perSecond, 'events/s');
  const follower = deafFollower(socket);
  await pause(HOLD_MS);
  memory('with a follower that does not read');
  bench.sample(`list meanwhile, ${tag}`, 'opm', await timedMs(() => session.list()), 'ms');
  follower.end();
  const flooding = flood(socket);
  bench.sample(`list during a flood, ${tag}`, 'opm', await timedMs(() => session.list()), 'ms');
  await flooding;
  memory('after a flood of requests');
};

const timedMs = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

const stopDaemon = (stage: Stage): Promise<number> =>
  timed(opmArgv('daemon', 'stop', '--home', join(stage.folder, 'home')), stage.folder);

export const million: Row = {
  name: 'million',
  title: 'How opm grows with the length of its log',
  method: `A log of ${PROGRAMS} programs that crashed again and again. Start of the daemon: until the command that launches it exits. A follower asks for all events and reads none for ${HOLD_MS / 1000} s; the flood is ${FLOOD.clients * FLOOD.requests} requests over ${FLOOD.clients} connections.`,
  goals: [],
  async run(bench) {
    for (const events of bench.quick ? [10_000] : [10_000, 100_000, EVENTS]) {
      await withPlaces(
        () => bench.managers.filter(({ name }) => name === 'opm').map((m) => new Stage(m)),
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

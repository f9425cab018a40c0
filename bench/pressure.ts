import { request } from 'node:http';
import { connect } from 'node:net';

/** Asks the API for all events and reads none of them; the answer is held back by a full socket. */
export const deafFollower = (socketPath: string): { end(): void } => {
  const client = connect(socketPath);
  client.on('error', () => {});
  client.pause();
  client.write('GET /v1/events?follow=1&after=0 HTTP/1.1\r\nhost: x\r\n\r\n');
  return { end: () => client.destroy() };
};

/** Sets a mark in the log; resolves with the status of the answer, 0 when there was none. */
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

/** So many clients, each of which asks for something to be recorded so many times; the statuses of all answers. */
export const flood = async (
  socketPath: string,
  clients: number,
  requests: number,
): Promise<readonly number[]> => {
  const client = async (name: number): Promise<readonly number[]> => {
    const statuses: number[] = [];
    for (let i = 0; i < requests; i += 1) {
      statuses.push(await label(socketPath, `flood-${name}-${i}`));
    }
    return statuses;
  };
  return (await Promise.all(Array.from({ length: clients }, (_, i) => client(i)))).flat();
};

/** Reads every event there is from the API's stream; how many they were. */
export const countEvents = (socketPath: string): Promise<number> =>
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

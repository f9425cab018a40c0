import { createServer, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { type Observable, range } from 'rxjs';
import { map } from 'rxjs/operators';
import { streamEvents } from '../../src/api/stream.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, tempHome } from '../support/programs.js';

const ITEM = 'x'.repeat(10_000);

describe('an event stream', () => {
  const servers: { close(): void }[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    cleanUp();
  });

  /** A follower that has asked and reads nothing yet. */
  const follow = async (
    source: AsyncIterable<unknown> | Observable<unknown>,
  ): Promise<IncomingMessage> => {
    const server = createServer((_, response) => streamEvents(response, source));
    const socketPath = join(tempHome(), 's');
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    servers.push({
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    });
    return new Promise((resolve, reject) => {
      get({ socketPath, path: '/', agent: false }, resolve).on('error', reject);
    });
  };

  const endless = () => {
    const asked = { count: 0, ended: false };
    const items = (async function* () {
      try {
        for (;;) {
          asked.count += 1;
          yield ITEM;
        }
      } finally {
        asked.ended = true;
      }
    })();
    return { asked, items };
  };

  /** How many items were asked for once no more are. */
  const heldBackAt = (asked: { readonly count: number }) =>
    eventually('no more is asked for', async () => {
      const { count } = asked;
      await pause(100);
      return count > 0 && asked.count === count ? count : null;
    });

  it('asks for no more than a follower takes', async () => {
    const { asked, items } = endless();
    const response = await follow(items);
    expect(await heldBackAt(asked)).to.be.below(500);
    response.resume();
    await eventually('it goes on', () => asked.count > 1000);
  });

  it('lets go of its source when the follower leaves', async () => {
    const { asked, items } = endless();
    const response = await follow(items);
    await heldBackAt(asked);
    response.destroy();
    await eventually('the source is told', () => asked.ended);
  });

  it('cuts off who is too far behind what cannot wait, and says so', async () => {
    const response = await follow(range(0, 10_000).pipe(map(() => ITEM)));
    let text = '';
    for await (const chunk of response) text += chunk;
    expect(text.length).to.be.below(10_000 * ITEM.length);
    expect(text).to.match(/event: error\ndata: .*"FOLLOWER_TOO_SLOW".*\n\n$/);
  });
});

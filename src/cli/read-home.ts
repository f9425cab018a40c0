import type { ProcessInfo } from '../api/routes.js';
import type { Client } from '../client/client.js';
import type { Recorded } from '../domain/event.js';
import { seq } from '../domain/ids.js';

/** How long a reader waits for another process that holds the log. */
const READ_WAIT_MS = 2000;

/** Processes of a home: from its daemon, or from the log when there is none. */
export const readInfos = async (client: Client, at?: string): Promise<readonly ProcessInfo[]> => {
  const answer = await client.ask('GET /v1/state', at === undefined ? {} : { at });
  if (answer) return answer.infos;
  const { readOffline } = await import('./offline.js');
  return readOffline(client.paths.log, READ_WAIT_MS, at);
};

export interface EventQuery {
  readonly after?: number;
  readonly until?: number;
  readonly process?: number;
  readonly runKey?: string;
}

/** Events of a home: from its daemon, or from the log when there is none. */
export async function* readEvents(client: Client, query: EventQuery): AsyncGenerator<Recorded> {
  if (await client.ask('GET /v1/daemon', {})) {
    yield* client.follow('GET /v1/events', query as never) as AsyncGenerator<Recorded>;
    return;
  }
  const { openLogForReading } = await import('../log/open.js');
  const log = await openLogForReading(client.paths.log, {
    waitMs: READ_WAIT_MS,
  });
  try {
    const { after = 0, until = log.head().seq, process, runKey } = query;
    const filter = { process, runKey } as { process?: never; runKey?: never };
    if (process === undefined) delete filter.process;
    if (runKey === undefined) delete filter.runKey;
    yield* log.read({ after: seq(after), until: seq(until), ...filter });
  } finally {
    await log.close();
  }
}

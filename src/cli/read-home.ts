import type { ProcessInfo } from '../api/routes.js';
import type { Client } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import type { Recorded } from '../domain/event.js';
import { processId, runKey, seq } from '../domain/ids.js';
import type { EventLog } from '../log/event-log.js';
import type { Beginning } from '../projections/beginning.js';
import { type Moment, momentText } from './moment.js';
import type { HomeTable } from './offline.js';

/** The table of a home, now or at a moment: from its daemon, or from the log when there is none. */
export const readHomeTable = async (client: Client, at?: Moment): Promise<HomeTable> => {
  const text = at === undefined ? undefined : momentText(at);
  const answer = await client.ask('GET /v1/state', text === undefined ? {} : { at: text });
  if (answer) return answer;
  const { readOffline } = await import('./offline.js');
  return readOffline(client.paths, text);
};

/** Processes of a home, now or at a moment. */
export const readInfos = async (client: Client, at?: Moment): Promise<readonly ProcessInfo[]> =>
  (await readHomeTable(client, at)).infos;

/**
 * How things stood in a home before a moment, or before everything that its log still holds; null when nothing was
 * before. From its daemon, or from the log when there is none.
 */
export const readBeginning = async (
  client: Client,
  since: Moment | null,
): Promise<Beginning | null> => {
  const moment = since === null ? undefined : momentText(since);
  const answer = await client.ask(
    'GET /v1/beginning',
    moment === undefined ? {} : { since: moment },
  );
  if (answer) return answer.beginning;
  const { openLogForReading } = await import('../log/open.js');
  const { beginningOf } = await import('../daemon/beginning.js');
  const log = await openLogForReading(client.paths.log);
  try {
    return await beginningOf(log, moment);
  } finally {
    await log.close();
  }
};

export interface EventQuery {
  /** Exclusive. */
  readonly after?: number;
  /** Inclusive. */
  readonly until?: number;
  /** Of any of these processes. */
  readonly processes?: readonly number[];
  readonly runKey?: string;
  /** Newest first. */
  readonly reverse?: boolean;
  /** Of each process, where several are named. */
  readonly limit?: number;
}

type Reader = (query: Omit<EventQuery, 'processes'> & { process?: number }) => Events;
type Events = AsyncIterable<Recorded>;

const fromDaemon =
  (client: Client): Reader =>
  ({ reverse, ...query }) =>
    client.follow('GET /v1/events', { ...query, ...(reverse ? { reverse: '1' } : {}) }) as Events;

const fromLog =
  (log: EventLog): Reader =>
  ({ after = 0, until = log.head().seq, process, runKey: run, ...order }) =>
    log.read({
      ...order,
      after: seq(after),
      until: seq(until),
      ...(process === undefined ? {} : { process: processId(process) }),
      ...(run === undefined ? {} : { runKey: runKey(run) }),
    });

/** Several sequences of events, each in order, as one in order. */
async function* inOrder(sources: readonly Events[], reverse: boolean): AsyncGenerator<Recorded> {
  const sign = reverse ? -1 : 1;
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
  try {
    for (;;) {
      const next = heads
        .map((head, index) => ({ event: head.done ? null : head.value, index }))
        .filter(({ event }) => event !== null)
        .sort((a, b) => sign * ((a.event as Recorded).seq - (b.event as Recorded).seq))[0];
      if (!next) return;
      yield next.event as Recorded;
      heads[next.index] = await (iterators[next.index] as AsyncIterator<Recorded>).next();
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.()));
  }
}

const readAll = (read: Reader, { processes, ...query }: EventQuery): Events => {
  if (processes === undefined) return read(query);
  return inOrder(
    processes.map((process) => read({ ...query, process })),
    query.reverse ?? false,
  );
};

/** Events of a home: from its daemon, or from the log when there is none. */
export async function* readEvents(client: Client, query: EventQuery): AsyncGenerator<Recorded> {
  if (await client.ask('GET /v1/daemon', {})) {
    yield* readAll(fromDaemon(client), query);
    return;
  }
  const { openLogForReading } = await import('../log/open.js');
  const log = await openLogForReading(client.paths.log);
  try {
    yield* readAll(fromLog(log), query);
  } finally {
    await log.close();
  }
}

/**
 * The time of a moment, epoch ms: of an event, when it was recorded.
 *
 * @throws ClientError UNKNOWN_SEQ
 */
export const timeOf = async (client: Client, moment: Moment): Promise<number> => {
  if (moment.kind === 'time') return moment.at;
  const { seq: at } = moment;
  for await (const event of readEvents(client, { after: at - 1, until: at })) return event.at;
  throw new ClientError('UNKNOWN_SEQ', `there is no event ${at}`, '`opm history` lists them');
};

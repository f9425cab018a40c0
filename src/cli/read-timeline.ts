import type { Client } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import type { ProcessId } from '../domain/ids.js';
import { now } from '../platform/clock.js';
import { RunHistory } from '../projections/run-history.js';
import { type Timeline, timelineOf } from '../projections/timeline.js';
import { isSince, isUntil, type Moment } from './moment.js';
import { readBeginning, readEvents } from './read-home.js';

export interface TimelineQuery {
  readonly since: Moment | null;
  readonly until: Moment | null;
  /** Null for every process. */
  readonly ids: ReadonlySet<ProcessId> | null;
}

/**
 * The lives of processes of a home: until now where a daemon looks after it, else until the last event. Throws
 * ClientError BAD_RANGE, UNKNOWN_TARGET.
 */
export const readTimeline = async (client: Client, query: TimelineQuery): Promise<Timeline> => {
  const { since, until, ids } = query;
  const beginning = await readBeginning(client, since);
  const history = new RunHistory(beginning);
  let from: number | null = since === null && beginning ? beginning.at : null;
  let to = 0;
  const isLive = until === null && (await client.ask('GET /v1/daemon', {})) !== null;
  for await (const event of readEvents(client, { after: beginning?.seq ?? 0 })) {
    history.observe(event);
    if (since === null || isSince(event, since)) from ??= event.at;
    if (until === null || isUntil(event, until)) to = Math.max(to, event.at);
  }
  const unknown = [...(ids ?? [])].find((id) => !history.slots.has(id));
  if (unknown !== undefined) {
    const hint = '`opm history --type ProcessCreated` lists every process there ever was';
    throw new ClientError('UNKNOWN_TARGET', `there was no process ${unknown} then`, hint);
  }
  if (since?.kind === 'time') from = since.at;
  if (until?.kind === 'time') to = until.at;
  if (until !== null && (to === 0 || (from ?? to) > to)) {
    const hint = 'let --since be the earlier one, and --until no earlier than the log';
    throw new ClientError('BAD_RANGE', 'the log has nothing between --since and --until', hint);
  }
  const end = isLive ? now() : to;
  return timelineOf(history, { from: Math.min(from ?? end, end), to: end }, ids);
};

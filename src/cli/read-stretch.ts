import type { Client } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import { keyOf } from '../domain/app.js';
import type { Recorded } from '../domain/event.js';
import { seq } from '../domain/ids.js';
import { initialState, type State } from '../domain/state.js';
import { Playback } from '../projections/playback.js';
import { type TableDiff, tableDiff } from '../projections/table-diff.js';
import type { Moment } from './moment.js';
import type { HomeTable } from './offline.js';
import { readBeginning, readEvents, readHomeTable } from './read-home.js';

/** Events that are held in memory to be stepped through. */
const MOST_PLAYED = 100_000;

/** Two tables of a home with what was recorded between them. */
interface Stretch {
  readonly before: HomeTable;
  readonly after: HomeTable;
  readonly events: readonly Recorded[];
}

/** The table before the first event that the log still holds. */
const readFirst = async (client: Client): Promise<HomeTable> => {
  const beginning = await readBeginning(client, null);
  if (!beginning) return { seq: seq(0), infos: [] };
  return readHomeTable(client, { kind: 'seq', seq: beginning.seq });
};

/** Seq 0 is the time before the first event; without an end it goes as far as the log does. */
const readStretch = async (client: Client, from: Moment, to: Moment | null): Promise<Stretch> => {
  const isBeginning = from.kind === 'seq' && from.seq === 0;
  const before = isBeginning ? await readFirst(client) : await readHomeTable(client, from);
  const after = await readHomeTable(client, to ?? undefined);
  if (after.seq < before.seq) {
    const message = `event ${before.seq} comes after event ${after.seq}`;
    throw new ClientError('BAD_RANGE', message, 'let --from be the earlier one');
  }
  const events: Recorded[] = [];
  for await (const event of readEvents(client, { after: before.seq, until: after.seq })) {
    events.push(event);
    if (events.length > MOST_PLAYED) {
      const message = `there are more than ${MOST_PLAYED} events in between`;
      throw new ClientError('RANGE_TOO_LONG', message, 'narrow it with --from and --to');
    }
  }
  return { before, after, events };
};

const stateOf = ({ seq: at, infos }: HomeTable): State => ({
  ...initialState,
  seq: at,
  apps: new Map(infos.map(({ app }) => [keyOf(app), app])),
  processes: new Map(infos.map(({ process }) => [process.id, process])),
});

/** What changed between two moments. Throws ClientError BAD_RANGE, RANGE_TOO_LONG. */
export const readDiff = async (
  client: Client,
  from: Moment,
  to: Moment | null,
): Promise<TableDiff> => {
  const { before, after, events } = await readStretch(client, from, to);
  return tableDiff(before, after, events);
};

/** A stretch of history to be stepped through. Throws ClientError BAD_RANGE, RANGE_TOO_LONG. */
export const readPlayback = async (
  client: Client,
  from: Moment,
  to: Moment | null,
): Promise<Playback> => {
  const { before, events } = await readStretch(client, from, to);
  return new Playback(stateOf(before), events);
};

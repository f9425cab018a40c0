import type { Client } from '../client/client.js';
import { IncidentFinder, type Incidents } from '../projections/incidents/find-incidents.js';
import { isSince, type Moment } from './moment.js';
import { readBeginning, readEvents } from './read-home.js';

const DAY_MS = 86_400_000;
const EVENTS = 10_000;

/** Where to begin for what happened since a moment: what is recent has older causes. A day before, or 10,000 events. */
export const wellBefore = (since: Moment): Moment =>
  since.kind === 'time'
    ? { kind: 'time', at: since.at - DAY_MS }
    : { kind: 'seq', seq: Math.max(1, since.seq - EVENTS) };

/** The incidents of a home, with or without a daemon. */
export const readIncidents = async (client: Client, since: Moment | null): Promise<Incidents> => {
  const beginning = await readBeginning(client, since && wellBefore(since));
  const finder = new IncidentFinder(beginning);
  for await (const event of readEvents(client, { after: beginning?.seq ?? 0 })) {
    finder.observe(event);
  }
  return finder.found((mark) => since === null || isSince(mark, since));
};

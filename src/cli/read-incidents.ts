import type { Client } from '../client/client.js';
import { IncidentFinder, type Incidents } from '../projections/incidents/find-incidents.js';
import { isSince, type Moment } from './moment.js';
import { readEvents } from './read-home.js';

/** The incidents of a home, with or without a daemon. The whole log is read: what is recent has old causes. */
export const readIncidents = async (client: Client, since: Moment | null): Promise<Incidents> => {
  const finder = new IncidentFinder();
  for await (const event of readEvents(client, {})) finder.observe(event);
  return finder.found((mark) => since === null || isSince(mark, since));
};

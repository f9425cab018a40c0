import type { Client } from '../client/client.js';
import { Narrator } from '../projections/narrator.js';
import { readInfos } from './read-home.js';

/** A narrator that knows the processes of a home as they are now. */
export const readNarrator = async (client: Client): Promise<Narrator> =>
  new Narrator(await readInfos(client));

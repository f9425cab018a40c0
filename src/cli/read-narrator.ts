import type { Client } from '../client/client.js';
import { Narrator } from '../projections/narrator.js';
import { readInfos } from './read-home.js';

/** A narrator that knows the processes of a home as they are now. */
export const readNarrator = async (client: Client): Promise<Narrator> => {
  const infos = await readInfos(client);
  return new Narrator(infos.map(({ row, app }) => ({ id: row.id, app })));
};

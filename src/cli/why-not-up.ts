import type { Client } from '../client/client.js';
import type { SpawnKey } from '../domain/ids.js';
import type { Row } from '../projections/process-table.js';
import { readLastWords, wordsAsLines } from './last-words.js';
import { readEvents, readInfos } from './read-home.js';
import { isUp } from './settle.js';

/** The last run of a process in which a program ran, or null when the one after it could not even be started. */
const lastRun = async (client: Client, id: number): Promise<SpawnKey | null> => {
  for await (const { type, data } of readEvents(client, { processes: [id], reverse: true })) {
    if (type === 'SpawnFailed') return null;
    if (type === 'ProcessStarted' || type === 'ProcessAdopted') return data.spawnKey;
  }
  return null;
};

/** For each process that should be up and is not: what is known of why, and what its run wrote last. Empty when all are. */
export const whyNotUp = async (client: Client, rows: readonly Row[]): Promise<string> => {
  const infos = new Map((await readInfos(client)).map((info) => [info.row.id, info]));
  const texts: string[] = [];
  for (const { id, name, problem } of rows.filter((row) => !isUp(row))) {
    if (problem !== null) texts.push(`${name}: ${problem}`);
    const info = infos.get(id);
    const run = info ? await lastRun(client, id) : null;
    const words = info && run !== null ? await readLastWords(client, info, run) : null;
    if (words) texts.push(`${name}: ${wordsAsLines(words).join('\n')}`);
  }
  return texts.join('\n\n');
};

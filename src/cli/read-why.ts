import type { ProcessInfo } from '../api/routes.js';
import type { Client } from '../client/client.js';
import type { ClientError } from '../client/client-error.js';
import type { Recorded } from '../domain/event.js';
import { type Case, type Why, why } from '../projections/why.js';
import { type LastWords, readLastWords } from './last-words.js';
import { readEvents, readInfos } from './read-home.js';
import { orById, readTargets } from './read-targets.js';

/** What the run wrote last whose end an answer is about. */
export interface Quoted {
  readonly lastWords: LastWords | null;
}

const readProcessEvents = async (client: Client, id: number): Promise<Recorded[]> => {
  const events: Recorded[] = [];
  for await (const event of readEvents(client, { processes: [id] })) events.push(event);
  return events;
};

/** Adds the causes of events that are about something else, and the causes of those. */
const withCauses = async (client: Client, own: readonly Recorded[]): Promise<Recorded[]> => {
  const all = new Map(own.map((event) => [event.seq as number, event]));
  const missing = new Set(own.map(({ causedBy }) => causedBy as number | null));
  for (const seq of missing) {
    if (seq === null || all.has(seq)) continue;
    for await (const event of readEvents(client, { after: seq - 1, until: seq })) {
      all.set(seq, event);
      missing.add(event.causedBy);
    }
  }
  return [...all.values()].sort((a, b) => a.seq - b.seq);
};

const quoted = async (client: Client, info: ProcessInfo, told: Why): Promise<Why & Quoted> => {
  const { failedRun } = told;
  return {
    ...told,
    lastWords: failedRun === null ? null : await readLastWords(client, info, failedRun),
  };
};

/** A process that was deleted, as it was last. */
const readDeleted = async (client: Client, id: number): Promise<(Why & Quoted) | null> => {
  const own = await readProcessEvents(client, id);
  const removed = own.find(({ type }) => type === 'ProcessRemoved');
  if (!removed) return null;
  const infos = await readInfos(client, { kind: 'seq', seq: removed.seq - 1 });
  const info = infos.find(({ row }) => row.id === id);
  if (!info) return null;
  return quoted(client, info, why(caseOf(info, await withCauses(client, own))));
};

const caseOf = ({ process, app, row }: ProcessInfo, events: readonly Recorded[]): Case => ({
  process,
  app,
  events,
  status: row.status,
});

/** Explains one process as a table of its home shows it. */
export const explain = async (client: Client, info: ProcessInfo): Promise<Why> => {
  const own = await readProcessEvents(client, info.row.id);
  return why(caseOf(info, await withCauses(client, own)));
};

/** Explains the processes that targets name, with or without a daemon; one that was deleted is named by its id. */
export const readWhy = async (
  client: Client,
  targets: readonly string[],
): Promise<readonly (Why & Quoted)[]> => {
  const answers: (Why & Quoted)[] = [];
  for (const target of targets) {
    const found = await readTargets(client, [target]).catch(async (error: ClientError) => {
      if (error.code !== 'UNKNOWN_TARGET') throw error;
      const deleted = /^\d+$/.test(target) ? await readDeleted(client, Number(target)) : null;
      if (!deleted) throw orById(error);
      answers.push(deleted);
      return [];
    });
    for (const info of found) {
      answers.push(await quoted(client, info, await explain(client, info)));
    }
  }
  return answers;
};

import type { ProcessInfo } from '../api/routes.js';
import type { Client } from '../client/client.js';
import type { SpawnKey } from '../domain/ids.js';
import { masker } from '../domain/masking.js';
import { readEnvFile, readEnvironment } from '../platform/read-environment.js';
import { openVault } from '../platform/vault.js';
import { readEvents } from './read-home.js';
import { findRunOutput, lastLinesOf } from './run-output.js';

const LINES = 10;
const LINE_LENGTH = 400;

/** What a run wrote last, with secrets masked. */
export interface LastWords {
  readonly run: SpawnKey;
  /** Error output where there is any. */
  readonly stream: 'error' | 'out';
  /** At least one, the oldest first; a long one is cut. */
  readonly lines: readonly string[];
}

type Owner = Pick<ProcessInfo, 'app' | 'row'>;
type Quote = Pick<LastWords, 'stream' | 'lines'>;

/** Masks the secrets that a process is started with, those that only the vault knows too. */
const maskerOf = (client: Client, { app, row }: Owner): ((text: string) => string) => {
  const source = { readFile: readEnvFile, reveal: openVault(client.paths.secrets).reveal };
  const values = readEnvironment(app.env, row.instance, source);
  return masker([{ ...app, env: { ...app.env, values } }]);
};

/** From its logs, as far as they are kept; null where nobody wrote down where its output begins and ends. */
const fromLogs = async (client: Client, run: SpawnKey, isOpen: boolean): Promise<Quote | null> => {
  const { logs, from, to } = await findRunOutput(client, run);
  if (from === null || (to === null && !isOpen)) return null;
  for (const stream of ['error', 'out'] as const) {
    const range = { from: from[stream], to: to?.[stream] ?? null };
    const lines = lastLinesOf(client.paths.logs, logs[stream], range, LINES);
    if (lines.length > 0) return { stream, lines };
  }
  return null;
};

/** From the log of events, which keeps the error output of a process that was given up. */
const fromEvents = async (client: Client, run: SpawnKey, id: number): Promise<Quote | null> => {
  let isAfter = false;
  for await (const { type, data } of readEvents(client, { processes: [id] })) {
    if (type === 'SpawnRequested') isAfter = data.spawnKey === run;
    if (isAfter && type === 'ErrorOutputNoted') return { stream: 'error', lines: data.lines };
  }
  return null;
};

/**
 * What a run of a process wrote last; null when that is not known, or cannot be masked now: better no words than a
 * secret.
 */
export const readLastWords = async (
  client: Client,
  owner: Owner,
  run: SpawnKey,
): Promise<LastWords | null> => {
  try {
    const mask = maskerOf(client, owner);
    const { id, spawnKey } = owner.row;
    const quote =
      (await fromLogs(client, run, run === spawnKey)) ?? (await fromEvents(client, run, id));
    if (quote === null) return null;
    // Masked before it is cut: half a secret is not recognised.
    const lines = quote.lines.map((line) => mask(line).slice(0, LINE_LENGTH));
    return { run, stream: quote.stream, lines };
  } catch {
    return null;
  }
};

/** The quote as it is shown. */
export const wordsAsLines = ({ run, stream, lines }: LastWords): readonly string[] => [
  `Run ${run} wrote last, to its ${stream === 'error' ? 'error output' : 'output'}:`,
  ...lines.map((line) => `    ${line}`),
];

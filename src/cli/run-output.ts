import { isAbsolute, resolve } from 'node:path';
import type { ProcessInfo } from '../api/routes.js';
import type { Client } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import type { Recorded } from '../domain/event.js';
import { type ProcessId, processOfSpawnKey } from '../domain/ids.js';
import type { LogFiles, LogPositions } from '../domain/os-process.js';
import { LogStream } from '../platform/log-stream.js';
import { whereLogLies } from '../platform/set-aside.js';
import { lastLines } from './log-lines.js';
import { readEvents, readInfos } from './read-home.js';

/** What one run wrote: in which files, and from where to where in their streams. */
export interface RunOutput {
  readonly process: ProcessId;
  readonly app: string;
  readonly logs: LogFiles;
  readonly from: LogPositions | null;
  /** Null while it runs, and when nobody wrote down where it ended. */
  readonly to: LogPositions | null;
  /** Seq of the event that tells of its start. */
  readonly startedBy: number | null;
}

const withEvent = (found: RunOutput | null, key: string, event: Recorded): RunOutput | null => {
  if (event.type === 'ProcessCreated') {
    const { process, app, logs } = event.data;
    return { process, app, logs, from: null, to: null, startedBy: null };
  }
  if (!found || !('spawnKey' in event.data) || event.data.spawnKey !== key) return found;
  if (event.type === 'ProcessStarted' || event.type === 'ProcessAdopted')
    return { ...found, from: found.from ?? event.data.outputFrom, startedBy: event.seq };
  return event.type === 'ProcessExited' ? { ...found, to: event.data.outputTo } : found;
};

/** Where the logs of a run lie: its app says it, of a process that is gone the app of then. */
const logsOf = async (client: Client, found: RunOutput, startedBy: number): Promise<LogFiles> => {
  const logsIn = (infos: readonly ProcessInfo[]): LogFiles | undefined =>
    infos.find(({ row: { id } }) => id === found.process)?.row.logs;
  const infos = await readInfos(client);
  const now = logsIn(infos);
  if (now) return now;
  const then = logsIn(await readInfos(client, { kind: 'seq', seq: startedBy })) ?? found.logs;
  const place = (stream: keyof LogFiles): string => {
    const file = then[stream];
    // A log that its app has named is nobody's alone: others go on where it ends.
    if (isAbsolute(file)) return file;
    const successors = infos.filter(
      ({ row, process }) => row.logs[stream] === file && process.everStarted,
    );
    const ids = successors.map(({ row: { id } }) => id);
    return whereLogLies(resolve(client.paths.logs, file), found.process, ids);
  };
  return { out: place('out'), error: place('error') };
};

/**
 * Finds the output of the run of a spawn key, of a deleted process too.
 *
 * @throws ClientError UNKNOWN_RUN when no program was started under this key.
 */
export const findRunOutput = async (client: Client, key: string): Promise<RunOutput> => {
  const process = processOfSpawnKey(key);
  let found: RunOutput | null = null;
  if (process !== null) {
    for await (const event of readEvents(client, { processes: [process] }))
      found = withEvent(found, key, event);
  }
  if (found?.startedBy) return { ...found, logs: await logsOf(client, found, found.startedBy) };
  throw new ClientError(
    'UNKNOWN_RUN',
    `no program was started under the spawn key "${key}"`,
    '`opm history --type ProcessStarted` lists them',
  );
};

/**
 * The last lines that a run wrote to one of its logs, as text: what stands there between two places in the stream,
 * as far as it is kept. `to` null means all there is.
 */
export const lastLinesOf = (
  folder: string,
  file: string,
  { from, to }: { readonly from: number | null; readonly to: number | null },
  count: number,
): string[] => {
  const stream = new LogStream(resolve(folder, file));
  const kept = stream.bounds();
  const range = { from: Math.max(kept.from, from ?? 0), to: Math.min(kept.to, to ?? kept.to) };
  return lastLines(stream, range, count).map(({ bytes }) => bytes.toString());
};

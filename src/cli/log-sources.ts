import { resolve } from 'node:path';
import type { Client } from '../client/client.js';
import type { LogPositions } from '../domain/os-process.js';
import { detachedLog } from '../platform/detached-log.js';
import { LogStream } from '../platform/log-stream.js';
import type { Row } from '../projections/process-table.js';
import type { Range } from './log-lines.js';
import type { LogSource } from './log-query.js';
import { readTargets } from './read-targets.js';
import { findRunOutput } from './run-output.js';

type Stream = LogSource['stream'];

export interface SourceOptions {
  readonly targets: readonly string[];
  readonly out: boolean;
  readonly error: boolean;
  /** The spawn key of the only run that is wanted. */
  readonly run: string | null;
}

interface Found {
  readonly sources: readonly LogSource[];
  readonly warnings: readonly string[];
}

const streamsOf = ({ out, error }: SourceOptions): Stream[] => [
  ...(out ? (['out'] as const) : []),
  ...(error ? (['error'] as const) : []),
];

const ofRows = (rows: readonly Row[], folder: string, streams: readonly Stream[]): Found => {
  const sources = new Map<string, LogSource>();
  const warnings: string[] = [];
  for (const { id, name, namespace, pid, logs } of rows) {
    for (const stream of streams) {
      const path = resolve(folder, logs[stream]);
      const gone = pid === null ? null : detachedLog(pid, stream, path);
      if (gone)
        warnings.push(
          `${name} writes to ${gone} instead of ${path}; \`opm restart ${id}\` mends it`,
        );
      // Instances and streams may share a file: it is read once.
      if (!sources.has(path))
        sources.set(path, { id, name, namespace, stream, log: new LogStream(path), range: null });
    }
  }
  return { sources: [...sources.values()], warnings };
};

const rangeOf = (stream: Stream, from: LogPositions | null, to: LogPositions | null): Range => ({
  from: from?.[stream] ?? 0,
  to: to?.[stream] ?? Number.POSITIVE_INFINITY,
});

/** Whether some of what is wanted was deleted, or emptied out of the log. */
const isCut = (log: LogStream, { from, to }: Range): boolean => {
  const kept = log.bounds();
  const isCutOff = to !== Number.POSITIVE_INFINITY && kept.to < to;
  return from < to && (from < kept.from || isCutOff);
};

const ofRun = async (
  client: Client,
  run: string,
  folder: string,
  streams: readonly Stream[],
): Promise<Found> => {
  const { process: id, app, logs, from, to } = await findRunOutput(client, run);
  const [namespace = '', name = ''] = app.split('/');
  const sources = streams.map((stream): LogSource => {
    const log = new LogStream(resolve(folder, logs[stream]));
    return { id, name, namespace, stream, log, range: rangeOf(stream, from, to) };
  });
  const warnings = from
    ? sources
        .filter(({ log, stream }) => isCut(log, rangeOf(stream, from, to)))
        .map(({ log }) => `not all that ${run} wrote to ${log.path} is kept`)
    : [`nobody wrote down where the output of ${run} begins: all of the log is shown`];
  return { sources, warnings };
};

/**
 * The logs that are asked for, and what is wrong with them in words.
 *
 * @throws ClientError UNKNOWN_TARGET, BAD_TARGET or UNKNOWN_RUN.
 */
export const readSources = async (client: Client, options: SourceOptions): Promise<Found> => {
  const folder = client.paths.logs;
  const streams = streamsOf(options);
  if (options.run !== null) return ofRun(client, options.run, folder, streams);
  const infos = await readTargets(client, options.targets);
  return ofRows(
    infos.map(({ row }) => row),
    folder,
    streams,
  );
};

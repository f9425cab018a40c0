import { createHash } from 'node:crypto';
import { seq } from '../domain/ids.js';
import type { Anchor, EventLog, Head, LogIdentity } from './event-log.js';

export const EXPORT_FORMAT = 1;

/** The first line of an export. */
export interface ExportHeader {
  readonly opm: 'history';
  readonly format: number;
  readonly log: LogIdentity;
  readonly head: Head;
  readonly anchor: Anchor | null;
}

/** The last line of an export, inside `end`. */
export interface ExportEnd {
  readonly events: number;
  readonly requests: number;
  /** SHA-256 of all lines before this one, each with its line feed; hex. */
  readonly sha256: string;
}

/** An event's line holds its stored text as it is: what was hashed is what is shipped. */
export const eventLine = (at: number, text: string): string => `{"seq":${at},"event":${text}}`;

async function* contents(log: EventLog, counts: { events: number; requests: number }) {
  const header: ExportHeader = {
    opm: 'history',
    format: EXPORT_FORMAT,
    log: log.home(),
    head: log.head(),
    anchor: log.anchor(),
  };
  yield JSON.stringify(header);
  for (const [at] of header.anchor?.states ?? [])
    yield JSON.stringify({ seq: at, state: await log.keptState(at) });
  for await (const some of log.stored(seq(0), header.head.seq)) {
    counts.events += some.length;
    yield some.map(({ seq: at, text }) => eventLine(at, text)).join('\n');
  }
  for await (const request of log.requests()) {
    counts.requests += 1;
    yield JSON.stringify({ request });
  }
}

/**
 * Everything that a log holds, as NDJSON: a header, kept states, events, requests and an end that proves that nothing
 * of it is missing. Snapshots stay behind, as they can be made again. Emits whole lines, several at a time; returns the
 * end.
 */
export async function* exportLog(log: EventLog): AsyncGenerator<string, ExportEnd> {
  const counts = { events: 0, requests: 0 };
  const hash = createHash('sha256');
  for await (const lines of contents(log, counts)) {
    hash.update(`${lines}\n`);
    yield `${lines}\n`;
  }
  const end: ExportEnd = { ...counts, sha256: hash.digest('hex') };
  yield `${JSON.stringify({ end })}\n`;
  return end;
}

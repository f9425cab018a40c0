import { createHash } from 'node:crypto';
import { type Seq, seq } from '../domain/ids.js';
import { Chain } from './chain.js';
import { decode } from './codec.js';
import { LogError } from './errors.js';
import type { RequestRecord } from './event-log.js';
import { eventOperations } from './event-operations.js';
import { EXPORT_FORMAT, type ExportEnd, type ExportHeader } from './export.js';
import { genesis, hashOf } from './hash.js';
import * as keys from './keys.js';
import { FORMAT } from './level-log.js';
import type { Put } from './writer.js';

export const damaged = (line: number, what: string): LogError =>
  new LogError('EXPORT_DAMAGED', `line ${line} of the export: ${what}`);

const parseLine = (line: number, text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, with the line.
  }
  throw damaged(line, 'it is no JSON object');
};

/** Whatever else goes wrong with a line says that it is none of ours. */
const reading = <T>(line: number, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    throw error instanceof LogError ? error : damaged(line, (error as Error).message);
  }
};

const readHeader = (text: string): ExportHeader => {
  const header = parseLine(1, text) as Partial<ExportHeader>;
  const { log, head } = header;
  if (header.opm !== 'history' || !log || !head) throw damaged(1, 'this is no export of a history');
  if (header.format === EXPORT_FORMAT && log.format === FORMAT) return header as ExportHeader;
  const message = `the export has format ${header.format} of log format ${log.format}; this version reads ${EXPORT_FORMAT} of ${FORMAT}`;
  throw new LogError('LOG_FORMAT', message);
};

const EVENT_LINE = /^\{"seq":(\d+),"event":(.*)\}$/s;

/** Checks the lines of an export one after the other, and says what the database is to hold of each. */
export class ExportReader {
  readonly header: ExportHeader;
  readonly #chain: Chain;
  readonly #hash = createHash('sha256');
  readonly #kept: Map<Seq, string>;
  readonly #states: Map<Seq, string>;
  #line = 1;
  #events = 0;
  #requests = 0;
  #isOver = false;

  /** @throws LogError EXPORT_DAMAGED, LOG_FORMAT */
  constructor(first: string) {
    this.header = readHeader(first);
    this.#hash.update(`${first}\n`);
    const { anchor, log } = this.header;
    this.#chain = new Chain(anchor ?? { seq: seq(0), hash: genesis(log) });
    this.#kept = reading(1, () => new Map(anchor?.events));
    this.#states = reading(1, () => new Map(anchor?.states));
  }

  get counts() {
    return { events: this.#events, requests: this.#requests };
  }

  /** @throws LogError EXPORT_DAMAGED, with the line. */
  read(text: string): readonly Put[] {
    this.#line += 1;
    if (this.#isOver) throw damaged(this.#line, 'it comes after the end');
    const [, at, stored] = EVENT_LINE.exec(text) ?? [];
    const puts = reading(this.#line, () =>
      stored === undefined ? this.#other(text) : this.#event(seq(Number(at)), stored),
    );
    if (!this.#isOver) this.#hash.update(`${text}\n`);
    return puts;
  }

  /** @throws LogError EXPORT_DAMAGED when the export ended too early. */
  close(): void {
    if (!this.#isOver) throw damaged(this.#line, 'the export was cut off behind it');
  }

  #event(at: Seq, text: string): readonly Put[] {
    const { anchor } = this.header;
    this.#events += 1;
    if (anchor && at <= anchor.seq) {
      this.#expect(this.#kept, at, text);
      return eventOperations(decode(at, text).event, text);
    }
    const { event, problems } = this.#chain.take({ seq: at, text });
    if (problems[0] || !event) throw damaged(this.#line, problems[0]?.message ?? 'it is damaged');
    return eventOperations(event, text);
  }

  /** What the anchor names has to be there once, and be what it was. */
  #expect(expected: Map<Seq, string>, at: Seq, text: string): void {
    if (expected.get(at) !== hashOf(text))
      throw damaged(this.#line, `what was kept of event ${at} is not what it was`);
    expected.delete(at);
  }

  #other(text: string): readonly Put[] {
    const value = parseLine(this.#line, text);
    if ('request' in value) {
      this.#requests += 1;
      const record = value.request as RequestRecord;
      const key = keys.requestRecordKey(record.key);
      return [{ type: 'put', key, value: JSON.stringify(record) }];
    }
    if ('state' in value) {
      const { seq: at, state } = value as { seq: Seq; state: string };
      this.#expect(this.#states, at, state);
      return [{ type: 'put', key: keys.keptStateKey(at), value: state }];
    }
    if (!('end' in value)) throw damaged(this.#line, 'nobody knows what it is');
    this.#end(value.end as ExportEnd);
    return [];
  }

  #end({ events, requests, sha256 }: ExportEnd): void {
    this.#isOver = true;
    const broken = this.#chain.end(this.header.head);
    if (broken) throw damaged(this.#line, broken.message);
    const [missing] = [...this.#kept.keys(), ...this.#states.keys()];
    if (missing !== undefined)
      throw damaged(this.#line, `what was kept of event ${missing} is missing`);
    const isAll = events === this.#events && requests === this.#requests;
    if (!isAll || this.#hash.digest('hex') !== sha256)
      throw damaged(this.#line, 'the lines before it are not those that were exported');
  }
}

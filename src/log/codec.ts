import type { Actor, Decided, Event, EventType, Recorded } from '../domain/event.js';
import type { ProcessId, RequestKey, RunKey, Seq } from '../domain/ids.js';
import { LogError } from './errors.js';
import { eventShapes } from './event-shapes.js';
import { count, Malformed, nullable, number, record, type Shape, text } from './shape.js';
import { newestVersion, UPCASTS, type Upcasts, upcast } from './upcast.js';

/** An event as it is stored, with the hash of its predecessor. */
export interface Stored {
  readonly event: Recorded;
  readonly prev: string;
}

interface Envelope {
  readonly seq: Seq;
  /** `<type>`, or `<type>@<version>` where the version is not 1. */
  readonly type: string;
  readonly at: number;
  readonly id: string;
  readonly prev: string;
  readonly data: unknown;
  readonly causedBy: Seq | null;
  readonly runKey: RunKey | null;
  readonly request: { readonly key: RequestKey; readonly actor: Actor } | null;
}

const anything: Shape<unknown> = { pack: (value) => value, unpack: (stored) => stored };

const envelope = record<Envelope>({
  seq: count<Seq>(),
  type: text(),
  at: number,
  id: text(),
  prev: text(),
  data: anything,
  causedBy: nullable(count<Seq>()),
  runKey: nullable(text<RunKey>()),
  request: nullable(
    record({ key: text<RequestKey>(), actor: record<Actor>({ uid: count(), command: text() }) }),
  ),
});
const ENVELOPE_FIELDS = 9;

/** The exact text that is stored for an event; trailing nulls of the envelope are left away. */
export const encodeEvent = (event: Recorded, prev: string, upcasts: Upcasts = UPCASTS): string => {
  const shape = eventShapes[event.type] as Shape<unknown>;
  const version = newestVersion(event.type, upcasts);
  const stored = envelope.pack({
    ...event,
    prev,
    type: version === 1 ? event.type : `${event.type}@${version}`,
    data: shape.pack(event.data),
  }) as unknown[];
  while (stored.at(-1) === null) stored.pop();
  return JSON.stringify(stored);
};

const isEventType = (type: string): type is EventType => Object.hasOwn(eventShapes, type);

/** Type and version of a stored type text; throws LOG_EVENT_UNKNOWN for those of another opm. */
const typeAndVersion = (at: Seq, stored: string, upcasts: Upcasts): [EventType, number] => {
  const mark = stored.indexOf('@');
  const type = mark === -1 ? stored : stored.slice(0, mark);
  const version = mark === -1 ? 1 : Number(stored.slice(mark + 1));
  if (!isEventType(type))
    throw new LogError('LOG_EVENT_UNKNOWN', `event ${at} has the unknown type "${stored}"`);
  const newest = newestVersion(type, upcasts);
  if (!(version >= 1 && version <= newest))
    throw new LogError(
      'LOG_EVENT_UNKNOWN',
      `event ${at} is a ${stored}; this opm knows ${type} up to version ${newest}`,
    );
  return [type, version];
};

const parseEnvelope = (stored: string): Envelope => {
  const fields: unknown = JSON.parse(stored);
  if (Array.isArray(fields)) while (fields.length < ENVELOPE_FIELDS) fields.push(null);
  return envelope.unpack(fields);
};

/**
 * The event in a stored text. `at` is where it was found. Throws LOG_EVENT_UNKNOWN, or LOG_CORRUPT when the text is
 * no event or is that of another seq.
 */
export const decodeEvent = (at: Seq, stored: string, upcasts: Upcasts = UPCASTS): Stored => {
  try {
    const { prev, type: typeText, data: storedData, ...rest } = parseEnvelope(stored);
    if (rest.seq !== at) throw new Malformed(`it says that it is event ${rest.seq}`);
    const [type, version] = typeAndVersion(at, typeText, upcasts);
    const data = eventShapes[type].unpack(upcast(type, version, storedData, upcasts));
    return { event: { ...rest, type, data } as Recorded, prev };
  } catch (error) {
    if (error instanceof LogError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new LogError('LOG_CORRUPT', `event ${at} is damaged: ${why}`, error);
  }
};

/** The process that an event is about, or null; the index finds it under that process. */
export const processOf = (event: Event): ProcessId | null =>
  'process' in event.data ? event.data.process : null;

/** The restore run that an event belongs to, or null; the index finds it under that run. */
export const runKeyOf = (event: Decided): RunKey | null =>
  event.runKey ?? ('runKey' in event.data ? event.data.runKey : null);

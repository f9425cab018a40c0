import type { Actor, EventType, Recorded } from '../domain/event.js';
import type { RequestKey, RunKey, Seq } from '../domain/ids.js';
import { LogError } from './errors.js';
import { eventShapes } from './event-shapes.js';
import { Malformed, type Shape } from './shape.js';
import { newestVersion, UPCASTS, type Upcasts, upcast } from './upcast.js';

/** An event as it is stored, and the hash of its predecessor's stored bytes. */
export interface Stored {
  readonly event: Recorded;
  readonly prev: string;
}

type Envelope = readonly [
  type: string,
  version: number,
  id: string,
  at: number,
  causedBy: number | null,
  runKey: string | null,
  request: readonly [key: string, uid: number, command: string] | null,
  prev: string,
  data: unknown,
];

const SHAPES: ReadonlyMap<string, Shape<unknown>> = new Map(Object.entries(eventShapes));

/** The exact text of an event: compact JSON, hashed as it stands. */
export const encode = ({ event, prev }: Stored): string => {
  const shape = eventShapes[event.type] as Shape<unknown>;
  const { request } = event;
  const envelope: Envelope = [
    event.type,
    newestVersion(event.type, UPCASTS),
    event.id,
    event.at,
    event.causedBy,
    event.runKey,
    request && [request.key, request.actor.uid, request.actor.command],
    prev,
    shape.pack(event.data),
  ];
  return JSON.stringify(envelope);
};

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const isNumberOrNull = (value: unknown): boolean => value === null || Number.isFinite(value);

const isRequest = (value: unknown): boolean =>
  value === null ||
  (Array.isArray(value) &&
    value.length === 3 &&
    isText(value[0]) &&
    Number.isInteger(value[1]) &&
    isText(value[2]));

const isEnvelope = (value: unknown): value is Envelope =>
  Array.isArray(value) &&
  value.length === 9 &&
  isText(value[0]) &&
  Number.isInteger(value[1]) &&
  isText(value[2]) &&
  Number.isFinite(value[3]) &&
  isNumberOrNull(value[4]) &&
  isTextOrNull(value[5]) &&
  isRequest(value[6]) &&
  isText(value[7]);

const corrupt = (at: Seq, what: string): LogError =>
  new LogError('LOG_CORRUPT', `event ${at} is damaged: ${what}`);

const parse = (at: Seq, text: string): Envelope => {
  try {
    const value: unknown = JSON.parse(text);
    if (isEnvelope(value)) return value;
  } catch (error) {
    throw new LogError('LOG_CORRUPT', `event ${at} is damaged: it is no JSON`, error);
  }
  throw corrupt(at, 'its envelope is malformed');
};

/**
 * Reads a stored event, brought up to the newest version of its type.
 *
 * @throws LogError LOG_CORRUPT or LOG_EVENT_UNKNOWN, with the seq in the message.
 */
export const decode = (at: Seq, text: string, upcasts: Upcasts = UPCASTS): Stored => {
  const envelope = parse(at, text);
  const [type, version] = [envelope[0] as EventType, envelope[1]];
  const shape = SHAPES.get(type);
  if (!shape) throw new LogError('LOG_EVENT_UNKNOWN', `event ${at} has the unknown type "${type}"`);
  if (version < 1 || version > newestVersion(type, upcasts)) {
    throw new LogError(
      'LOG_EVENT_UNKNOWN',
      `event ${at}: ${type} has the unknown version ${version}`,
    );
  }
  const request = envelope[6];
  try {
    const event = {
      type,
      data: shape.unpack(upcast(type, version, envelope[8], upcasts)),
      seq: at,
      id: envelope[2],
      at: envelope[3],
      causedBy: envelope[4] as Seq | null,
      runKey: envelope[5] as RunKey | null,
      request: request && {
        key: request[0] as RequestKey,
        actor: { uid: request[1], command: request[2] } satisfies Actor,
      },
    } as Recorded;
    return { event, prev: envelope[7] };
  } catch (error) {
    if (error instanceof Malformed) throw corrupt(at, `${type}: ${error.message}`);
    throw error;
  }
};

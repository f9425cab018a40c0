import type { RequestKey } from '../domain/ids.js';
import { LogError } from './errors.js';
import { FORMAT, type Head, type Home, type RequestRecord } from './event-log.js';
import { HEAD, HOME } from './keys.js';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSeq = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

/** A stored JSON value that passes the test; throws LOG_CORRUPT with the name of the record. */
const parsed = <T>(name: string, stored: string, is: (value: unknown) => boolean): T => {
  let value: unknown;
  try {
    value = JSON.parse(stored);
  } catch (error) {
    throw new LogError('LOG_CORRUPT', `${name} is damaged: it is no JSON`, error);
  }
  if (!is(value))
    throw new LogError(
      'LOG_CORRUPT',
      `${name} is damaged: ${stored.slice(0, 80)} is not what it should be`,
    );
  return value as T;
};

export const encodeHead = (head: Head): string => JSON.stringify([head.seq, head.hash]);

/** Throws LOG_CORRUPT. */
export const decodeHead = (stored: string): Head => {
  const [seq, hash] = parsed<[Head['seq'], string]>(
    `the head (key ${HEAD})`,
    stored,
    (value) => Array.isArray(value) && isSeq(value[0]) && typeof value[1] === 'string',
  );
  return { seq, hash };
};

export const encodeHome = (home: Home): string => JSON.stringify(home);

/** Throws LOG_FORMAT for a log of another format, LOG_CORRUPT for what is none. */
export const decodeHome = (stored: string): Home => {
  const name = `the log's own record (key ${HOME})`;
  const { format } = parsed<{ format: unknown }>(name, stored, isObject);
  if (Number.isSafeInteger(format) && format !== FORMAT)
    throw new LogError(
      'LOG_FORMAT',
      `the log has format ${format}; this opm reads format ${FORMAT}`,
    );
  return parsed<Home>(
    name,
    stored,
    (value) =>
      isObject(value) &&
      value['format'] === FORMAT &&
      typeof value['id'] === 'string' &&
      Number.isFinite(value['createdAt']),
  );
};

/** What is stored of a request beside its key. Throws TypeError when the answer is no JSON. */
export const encodeRecord = ({ key: _, ...rest }: RequestRecord): string => JSON.stringify(rest);

/** Throws LOG_CORRUPT. */
export const decodeRecord = (key: RequestKey, stored: string): RequestRecord => {
  const record = parsed<Omit<RequestRecord, 'key'>>(
    `the record of request "${key}"`,
    stored,
    (value) =>
      isObject(value) &&
      typeof value['bodyHash'] === 'string' &&
      Number.isFinite(value['at']) &&
      'answer' in value &&
      ((value['first'] === null && value['last'] === null) ||
        (isSeq(value['first']) && isSeq(value['last']))),
  );
  return { key, ...record };
};

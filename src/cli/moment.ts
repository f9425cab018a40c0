import { ClientError } from '../client/client-error.js';
import { parseDuration } from './format.js';

/** Epoch ms of a time as typed: ISO 8601, or how long ago (`10m`). Throws ClientError BAD_TIME. */
export const parseMoment = (text: string, now = Date.now()): number => {
  const ago = /[a-z]$/.test(text) ? parseDuration(text) : null;
  const at = ago === null ? Date.parse(text) : now - ago;
  if (!Number.isNaN(at)) return at;
  throw new ClientError(
    'BAD_TIME',
    `"${text}" is no time`,
    'for example 2026-01-31T12:00:00Z, or 10m ago as 10m',
  );
};

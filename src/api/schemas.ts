import '../config/jitless.js';
import * as z from 'zod';
import { LIMITS } from '../domain/app.js';

/** Bodies and queries of the API, but those that describe apps. Unknown keys are refused. */

const targets = z.array(z.string().max(1024)).min(1).max(1000);

export const targetsBody = z.strictObject({ targets });
export const signalBody = z.strictObject({
  targets,
  signal: z.string().min(1),
});
export const scaleBody = z.strictObject({
  target: z.string().min(1),
  kind: z.enum(['to', 'by']),
  count: z.number().int(),
});
export const labelBody = z.strictObject({
  label: z.string().min(1).max(LIMITS.nameBytes),
});
export const restoreBody = z.strictObject({
  key: z.string().min(1).max(200).optional(),
  label: z.string().optional(),
  at: z.string().optional(),
  atomic: z.boolean(),
  concurrency: z.number().int().min(0),
});
export const pruneBody = z.strictObject({
  /** A seq or a time (ISO 8601). */
  before: z.string().min(1).max(100),
});

/** Of routes that take none. */
export const nothing = z.strictObject({});

export const outcomeQuery = z.strictObject({
  processes: z.string().regex(/^(\d+(,\d+)*)?$/),
  goal: z.enum(['up', 'down', 'stopped', 'gone', 'restored']),
  holdMs: z.coerce.number().int().min(0).optional(),
  runKey: z.string().optional(),
});
export const eventsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional(),
  until: z.coerce.number().int().min(0).optional(),
  process: z.coerce.number().int().min(0).optional(),
  runKey: z.string().optional(),
  reverse: z.enum(['1']).optional(),
  limit: z.coerce.number().int().min(1).optional(),
  follow: z.enum(['1']).optional(),
});
export const atQuery = z.strictObject({ at: z.string().optional() });
export const sinceQuery = z.strictObject({ since: z.string().optional() });
export const restoreQuery = z.strictObject({ runKey: z.string().min(1) });

/** Who asks, in the header Opm-Actor. */
export const actor = z.strictObject({
  uid: z.number().int(),
  command: z.string().max(2000),
});

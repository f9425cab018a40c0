import { z } from 'zod';
import { LIMITS } from '../domain/app.js';

/** Bodies of the API. Unknown keys are refused; durations in ms, see domain/app.ts for what each means. */

const text = z.string().max(LIMITS.argBytes);
const ms = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const environment = z.record(z.string().min(1), text);

export const appSpec = z.strictObject({
  name: z.string().min(1).max(LIMITS.nameBytes).optional(),
  namespace: z.string().min(1).max(LIMITS.nameBytes).optional(),
  script: text.min(1),
  args: z.array(text).max(LIMITS.args).optional(),
  cwd: text.optional(),
  env: environment.optional(),
  interpreter: text.optional(),
  interpreterArgs: z.array(text).max(LIMITS.args).optional(),
  instances: z.number().int().min(1).max(LIMITS.instances).optional(),
  autorestart: z.boolean().optional(),
  maxRestarts: z.number().int().min(0).optional(),
  restartWindowMs: ms.optional(),
  minUptimeMs: ms.optional(),
  restartDelayMs: ms.optional(),
  backoffInitialMs: ms.optional(),
  killTimeoutMs: ms.optional(),
  killSignal: z.string().optional(),
  treekill: z.boolean().optional(),
});

export const startBody = z.strictObject({
  apps: z.array(appSpec).min(1).max(LIMITS.appsPerRequest),
  /** Where relative paths begin, and the base environment: those of whoever asks. */
  cwd: text,
  env: environment,
  existing: z.enum(['refuse', 'start']),
});

const targets = z.array(z.string().min(1).max(1024)).min(1).max(1000);

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
export const emptyBody = z.strictObject({});

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
  follow: z.enum(['1']).optional(),
});
export const atQuery = z.strictObject({ at: z.string().optional() });
export const emptyQuery = z.strictObject({});
export const restoreQuery = z.strictObject({ runKey: z.string().min(1) });

export type AppSpec = z.infer<typeof appSpec>;

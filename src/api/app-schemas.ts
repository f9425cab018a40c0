import * as z from 'zod';
import { appSpec } from '../config/app-keys.js';
import { text } from '../config/kinds.js';
import { LIMITS } from '../domain/app.js';

/** Bodies of the API that describe apps, each as in an app file. Unknown keys are refused. */

const environment = z.record(z.string().min(1), text);

const described = {
  apps: z.array(appSpec).min(1).max(LIMITS.appsPerRequest),
  /** Where relative paths begin: the folder of the app file, or of whoever asks, whose environment `env` is. */
  cwd: text,
  env: environment,
  /** The app file that describes them; null or absent for a command line. */
  source: text.nullable().optional(),
};

export const startBody = z.strictObject({ ...described, existing: z.enum(['refuse', 'start']) });

const restart = z.enum(['changed', 'all', 'none', 'reload']);

export const planBody = z.strictObject({
  ...described,
  /** Which programs that run are ended and started again. */
  restart,
  /** Whether apps that `source` defined once and defines no more are removed. */
  prune: z.boolean(),
});
export const applyBody = planBody.extend({
  /** JSON of the plan that somebody said yes to; null takes any. */
  agreed: z.string().nullable(),
});
export const adjustBody = z.strictObject({
  target: z.string().min(1),
  /** Keys of an app file, or `env.NAME`; null takes a key away. */
  set: z.record(z.string().min(1), z.unknown()),
  cwd: text,
  restart: z.enum(['changed', 'none']),
});

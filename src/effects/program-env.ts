import type { App } from '../domain/app.js';
import type { ProcessId } from '../domain/ids.js';
import { type EnvironmentSource, readEnvironment } from '../platform/read-environment.js';

/**
 * The environment of one process of an app, its files read now, save the mark of its run.
 *
 * @throws what the source throws.
 */
export const programEnv = (
  app: App,
  process: { readonly id: ProcessId; readonly instance: number },
  source: EnvironmentSource,
): Record<string, string> => ({
  ...readEnvironment(app.env, process.instance, source),
  OPM_NAME: app.name,
  OPM_ID: String(process.id),
  OPM_INSTANCE: String(process.instance),
});

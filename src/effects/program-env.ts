import type { App } from '../domain/app.js';
import type { ProcessId } from '../domain/ids.js';
import { type EnvironmentSource, readEnvironment } from '../platform/read-environment.js';
import { prepareSetup } from './process-setup.js';

/**
 * The environment of one process of an app, its files read now, save the mark of its run.
 *
 * @throws what the source throws, and ResolveError for a user who is not known here (any more).
 */
export const programEnv = (
  app: App,
  process: { readonly id: ProcessId; readonly instance: number },
  source: EnvironmentSource,
): Record<string, string> => {
  const base = { ...app.env.base, ...prepareSetup(app.policies.setup).env };
  return {
    ...readEnvironment({ ...app.env, base }, process.instance, source),
    OPM_NAME: app.name,
    OPM_ID: String(process.id),
    OPM_INSTANCE: String(process.instance),
  };
};

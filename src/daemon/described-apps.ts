import { ApiError } from '../api/api-error.js';
import type { AppSpec } from '../config/app-keys.js';
import type { App } from '../domain/app.js';
import { type EnvValue, isSecret, mapValues } from '../domain/environment.js';
import { checkClocks } from '../effects/clock.js';
import { resolveApp } from '../effects/resolve-app.js';
import { type Origin, ResolveError } from '../effects/resolve-error.js';
import { type Vault, VaultError } from '../platform/vault.js';

/** Apps as somebody described them, and where. */
export interface Described {
  readonly apps: readonly AppSpec[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly source?: string | null | undefined;
}

/** How the value of a secret becomes a name, and whether a name has a value. */
export interface SecretNames {
  readonly name: Vault['refer'];
  readonly reveal: Vault['reveal'];
}

/** The same app with every secret value replaced by its name in the vault. */
const withoutSecrets = (app: App, { name, reveal }: SecretNames): App => {
  const hide = (variable: string, value: EnvValue): EnvValue => {
    if (typeof value === 'string')
      return isSecret(variable, value, app.env.secrets) ? name(value) : value;
    reveal(value);
    return value;
  };
  return { ...app, env: mapValues(app.env, hide) };
};

/** The same error told to whoever asks, with the file and the app that it is about. */
const asApiError = (error: unknown, source: string | null, spec: AppSpec): unknown => {
  if (!(error instanceof ResolveError || error instanceof VaultError)) return error;
  const place = source === null ? '' : `${source}: app "${spec.name ?? spec.script}": `;
  return new ApiError(400, error.code, place + error.message, error.hint);
};

/**
 * Described apps made complete, as this machine would run them, secrets replaced by their names in the vault.
 *
 * @throws ApiError of status 400 that names the file, the app, and what is missing.
 */
export const describedApps = async (
  { apps, cwd, env, source = null }: Described,
  secrets: SecretNames,
): Promise<App[]> => {
  const origin: Origin = { cwd, env, source };
  const described: App[] = [];
  for (const spec of apps) {
    try {
      const app = resolveApp(spec, origin);
      await checkClocks(app);
      described.push(withoutSecrets(app, secrets));
    } catch (error) {
      throw asApiError(error, source, spec);
    }
  }
  return described;
};

import { LIMITS } from '../domain/app.js';
import type { AppSpec } from './app-keys.js';
import { checkApp, type Fail, isObject, type Reading, unknownKey } from './check-app.js';
import { ConfigError } from './config-error.js';

export interface FileReading {
  /** Which `env_NAME` goes over `env` (`--env NAME`); null for none. */
  readonly envName: string | null;
  /** Unknown keys are left out with a warning instead of being an error. */
  readonly lenient: boolean;
}

/** What an app file says, understood. */
export interface CheckedFile {
  readonly apps: readonly AppSpec[];
  readonly warnings: readonly string[];
}

const TOP = ['$schema', 'apps', 'default_env', 'deploy'];

/** PM2's own names for its files. */
export const isPm2File = (file: string): boolean =>
  /(^|\/)(ecosystem|process|pm2)(\.config)?\.[a-z]+$/.test(file);

interface Listed {
  readonly apps: readonly (readonly [place: string, app: unknown])[];
  readonly defaults: unknown;
}

const numbered = (apps: readonly unknown[], place: string) =>
  apps.map((app, index) => [`${place}[${index}]`, app] as const);

/** The apps of a file: a list, `{"apps": …}`, or one app by itself. */
const listApps = (content: unknown, lenient: boolean, fail: Fail): Listed => {
  if (Array.isArray(content) && content.length > 0)
    return { apps: numbered(content, '$'), defaults: undefined };
  if (!isObject(content)) return fail('$', 'expected an object with "apps", or a list of apps');
  const { apps } = content;
  if (apps === undefined && ('script' in content || 'exec' in content))
    return { apps: [['$', content]], defaults: undefined };
  const stranger = Object.keys(content).find((key) => !TOP.includes(key));
  if (stranger !== undefined && !lenient) fail(`$.${stranger}`, unknownKey(stranger, TOP));
  const defaults = content.default_env;
  if (isObject(apps)) return { apps: [['$.apps', apps]], defaults };
  if (Array.isArray(apps) && apps.length > 0) return { apps: numbered(apps, '$.apps'), defaults };
  return fail('$.apps', 'expected a list of at least one app');
};

const withDefaults = (app: unknown, defaults: unknown): unknown =>
  isObject(app) && isObject(defaults)
    ? { ...app, default_env: { ...defaults, ...(app.default_env as object | undefined) } }
    : app;

/**
 * Checks what was read from an app file.
 *
 * @throws ConfigError BAD_FILE that names the file, the place inside it, and what was expected.
 */
export const checkFile = (content: unknown, file: string, reading: FileReading): CheckedFile => {
  const warnings: string[] = [];
  const fail: Fail = (place, problem) => {
    throw new ConfigError(file, place, problem);
  };
  const how: Reading = {
    ...reading,
    asPm2: isPm2File(file),
    warn: (message) => warnings.push(`${file}: ${message}`),
  };
  const { apps, defaults } = listApps(content, reading.lenient, fail);
  if (apps.length > LIMITS.appsPerRequest)
    fail('$.apps', `expected at most ${LIMITS.appsPerRequest} apps, and there are ${apps.length}`);
  if (defaults !== undefined && !isObject(defaults))
    fail('$.default_env', 'expected an object of texts');
  const checked = apps.map(([place, app]) =>
    checkApp(withDefaults(app, defaults), place, how, fail),
  );
  const { envName } = reading;
  const named = [...new Set(checked.flatMap(({ envs }) => envs))];
  if (envName !== null && !named.includes(envName)) {
    const known = named.length > 0 ? `it has ${named.join(', ')}` : 'it has none';
    fail(`$.apps[*].env_${envName}`, `there is no such environment; ${known}`);
  }
  return { apps: checked.map(({ spec }) => spec), warnings };
};

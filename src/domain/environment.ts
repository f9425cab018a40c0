/** Names a secret value in the home's vault; the log holds the name and never the value. */
export interface Secret {
  readonly secret: string;
}

/** The value of a variable: its text, or where the vault has it. */
export type EnvValue = string | Secret;
export type EnvValues = Readonly<Record<string, EnvValue>>;

/** What a program's environment is made of; each layer covers the ones before it. */
export interface Environment {
  /** Of whoever defined the app: a few variables, or with `inherit` the whole shell. */
  readonly base: EnvValues;
  readonly inherit: boolean;
  /** Variables of the shell that begin like one of these are left out. */
  readonly filter: readonly string[];
  /** What holds where no file says otherwise. */
  readonly defaults: EnvValues;
  /** Absolute paths of `.env` files, read again at every start. */
  readonly files: readonly string[];
  /** What the definition itself says, the command line's last. */
  readonly values: EnvValues;
  /** Variables that are secret whatever they are called. */
  readonly secrets: readonly string[];
  /** Variable that tells a program which instance it is, counted from 0. */
  readonly instanceVar: string;
  /** Variable whose number grows by one with each instance, or null. */
  readonly incrementVar: string | null;
}

export const DEFAULT_INSTANCE_VAR = 'NODE_APP_INSTANCE';

export const EMPTY_ENVIRONMENT: Environment = {
  base: {},
  inherit: false,
  filter: [],
  defaults: {},
  files: [],
  values: {},
  secrets: [],
  instanceVar: DEFAULT_INSTANCE_VAR,
  incrementVar: null,
};

/** The variables that every program gets of whoever defined it; LC_* beside them. */
const CLEAN = new Set('PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR'.split(' '));

/** What opm tells the program of a run; an opm inside another's program must not pass it on. */
const OWN = new Set('OPM_SPAWN_KEY OPM_NAME OPM_ID OPM_INSTANCE'.split(' '));

type Variables = Readonly<Record<string, string | undefined>>;

const pick = (env: Variables, wanted: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && wanted(entry[0]),
    ),
  );

/** The small part of an environment that every program gets: no whole shell leaks into a service. */
export const cleanBase = (env: Variables): Record<string, string> =>
  pick(env, (name) => CLEAN.has(name) || name.startsWith('LC_'));

/** A whole environment, without what begins like one of `filter`. */
export const inheritedBase = (env: Variables, filter: readonly string[]): Record<string, string> =>
  pick(env, (name) => !OWN.has(name) && !filter.some((prefix) => name.startsWith(prefix)));

export const MASK = '***';

const SECRET_NAME =
  /pass|secret|token|credential|private|auth(?!or)|cookie|(^|[_.-])(key|pat|dsn)($|[_.-])|key$|api_?key/i;

/** A URL with a password in it. */
const SECRET_VALUE = /:\/\/[^/@\s:]*:[^/@\s]+@/;

/** Whether a variable is to be kept out of the log and of every output: by its name, or by a password in its value. */
export const isSecret = (name: string, value: string, declared: readonly string[] = []): boolean =>
  SECRET_NAME.test(name) || SECRET_VALUE.test(value) || declared.includes(name);

/** A value as it may be shown. */
export const shownValue = (
  name: string,
  value: EnvValue,
  declared: readonly string[] = [],
): string => (typeof value !== 'string' || isSecret(name, value, declared) ? MASK : value);

/** What the outside knows of an environment. */
export interface EnvironmentSources {
  /** The variables of each of its files, in their order. */
  readonly files: readonly Readonly<Record<string, string>>[];
  /** The value behind a secret; throws where it is gone. */
  readonly reveal: (secret: Secret) => string;
}

/** The environment of one instance, as its program gets it. */
export const composeEnvironment = (
  environment: Environment,
  instance: number,
  { files, reveal }: EnvironmentSources,
): Record<string, string> => {
  const { base, defaults, values, instanceVar, incrementVar } = environment;
  const merged: Record<string, EnvValue> = Object.assign({}, base, defaults, ...files, values);
  const composed: Record<string, string> = {};
  for (const [name, value] of Object.entries(merged)) {
    composed[name] = typeof value === 'string' ? value : reveal(value);
  }
  composed[instanceVar] = String(instance);
  const first = incrementVar === null ? undefined : composed[incrementVar];
  if (incrementVar !== null && first !== undefined && /^\d+$/.test(first)) {
    composed[incrementVar] = String(Number(first) + instance);
  }
  return composed;
};

/** The same with every plain text of its layers looked at, and perhaps replaced. */
export const mapValues = (
  environment: Environment,
  change: (name: string, value: EnvValue) => EnvValue,
): Environment => {
  const layer = (values: EnvValues): EnvValues =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(name, value)]));
  return {
    ...environment,
    base: layer(environment.base),
    defaults: layer(environment.defaults),
    values: layer(environment.values),
  };
};

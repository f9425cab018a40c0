import type * as z from 'zod';
import { nearest } from '../domain/nearest.js';
import { ALIASES, canonicalKey, IGNORED, toSnake } from './aliases.js';
import { type AppSpec, appSpec } from './app-keys.js';

/** Something wrong at a place of a file. */
export type Fail = (place: string, problem: string) => never;

/** How an app of a file is looked at. */
export interface Reading {
  /** Which `env_NAME` goes over `env`; null for none. */
  readonly envName: string | null;
  /** Unknown keys are left out with a warning instead of being an error. */
  readonly lenient: boolean;
  /** What PM2's users expect of its files holds: programs get the whole environment of the shell. */
  readonly asPm2: boolean;
  readonly warn: (message: string) => void;
}

const SHAPE: Readonly<Record<string, z.ZodType>> = appSpec.shape;
const KEYS = Object.keys(SHAPE);
/** Keys without which there is no app. */
const NEEDED = KEYS.filter((key) => SHAPE[key]!._zod.optin !== 'optional');
/** Keys that are worked out before the rest is checked. */
const EARLY = ['append_env_to_name', 'port', 'disable_logs'];
const NAMES = [...KEYS, ...EARLY, ...Object.keys(ALIASES)];

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `unknown key`, and which one was probably meant. */
export const unknownKey = (key: string, known: readonly string[]): string => {
  const meant = nearest(toSnake(key), known);
  return `unknown key${meant ? `; did you mean "${meant}"?` : ''}`;
};

/** An app's keys under their first names, and what each was called in the file. */
interface Named {
  readonly values: Record<string, unknown>;
  readonly called: Readonly<Record<string, string>>;
  /** What `env_NAME` has for each NAME. */
  readonly envs: Readonly<Record<string, unknown>>;
}

/** PM2 takes a number that is written as a text, and switches off by 0 or false what is not a flag here. */
const asPm2Meant = (name: string, value: unknown): unknown => {
  if ((name === 'cron_restart' && (value === 0 || value === '0')) || value === null)
    return undefined;
  if ((name === 'cron_restart' || name === 'log_file') && value === false) return undefined;
  const schema = SHAPE[name];
  const isNumber = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value);
  return isNumber && !schema?.safeParse(value).success ? Number(value) : value;
};

const nameKeys = (app: object, place: string, reading: Reading, fail: Fail): Named => {
  const values: Record<string, unknown> = {};
  const called: Record<string, string> = {};
  const envs: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(app)) {
    if (value === undefined) continue;
    const name = canonicalKey(key);
    const env = /^env_(.+)$/.exec(key)?.[1];
    if (KEYS.includes(name) || EARLY.includes(name)) {
      if (called[name])
        fail(`${place}.${key}`, `the same as "${called[name]}", which is there too`);
      called[name] = key;
      const meant = reading.asPm2 ? asPm2Meant(name, value) : value;
      if (meant !== undefined) values[name] = meant;
    } else if (env !== undefined) envs[env] = value;
    else if (Object.hasOwn(IGNORED, name)) {
      if (name !== 'exec_mode' || /^cluster/.test(String(value)))
        reading.warn(`${place}.${key} has no effect: ${IGNORED[name]}`);
    } else if (reading.lenient) reading.warn(`${place}.${key}: ${unknownKey(key, NAMES)}`);
    else fail(`${place}.${key}`, unknownKey(key, NAMES));
  }
  return { values, called, envs };
};

const asEnvironment = (value: unknown, place: string, fail: Fail): Record<string, unknown> =>
  value === undefined
    ? {}
    : isObject(value)
      ? Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined))
      : fail(place, 'expected an object of texts');

/** What keys that stand for others come to. */
const workOut = ({ values, envs }: Named, place: string, reading: Reading, fail: Fail) => {
  const { append_env_to_name: append, port, disable_logs: silent, ...rest } = values;
  const { envName } = reading;
  const over = envName === null ? undefined : envs[envName];
  const given = rest.env !== undefined || over !== undefined || port !== undefined;
  const env = {
    ...(port === undefined ? {} : { PORT: port }),
    ...asEnvironment(rest.env, `${place}.env`, fail),
    ...asEnvironment(over, `${place}.env_${envName}`, fail),
  };
  const renamed = append === true && over !== undefined && typeof rest.name === 'string';
  return {
    ...(silent === true ? { out_file: '/dev/null', error_file: '/dev/null' } : {}),
    ...(reading.asPm2 ? { inherit_env: true } : {}),
    ...rest,
    ...(given ? { env } : {}),
    ...(renamed ? { name: `${rest.name}-${envName}` } : {}),
  };
};

/** The schema below optional and other wrappers. */
const inner = (schema: z.core.$ZodType): z.core.$ZodType => {
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType ? inner(innerType) : schema;
};

const keysAt = (path: readonly PropertyKey[]): string[] => {
  const schema = SHAPE[String(path[0])];
  const { shape } = (schema ? inner(schema)._zod.def : {}) as { shape?: object };
  return Object.keys(shape ?? {});
};

const placeOf = (
  place: string,
  [key, ...path]: readonly PropertyKey[],
  called: Named['called'],
): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${String(step)}`),
    key === undefined ? place : `${place}.${called[String(key)] ?? String(key)}`,
  );

const report = (
  issue: z.core.$ZodIssue,
  place: string,
  called: Named['called'],
  fail: Fail,
): never => {
  if (issue.code !== 'unrecognized_keys')
    return fail(placeOf(place, issue.path, called), issue.message);
  const [key = ''] = issue.keys;
  return fail(placeOf(place, [...issue.path, key], called), unknownKey(key, keysAt(issue.path)));
};

/** As `appSpec` does, but key by key: of nearly a hundred an app has a handful, and a file may have a thousand apps. */
const parseValues = (
  values: Readonly<Record<string, unknown>>,
  fail: (issue: z.core.$ZodIssue) => never,
): AppSpec => {
  const spec: Record<string, unknown> = {};
  for (const key of new Set([...NEEDED, ...Object.keys(values)])) {
    const parsed = SHAPE[key]!.safeParse(values[key]);
    if (!parsed.success) {
      const [issue] = parsed.error.issues as [z.core.$ZodIssue];
      fail({ ...issue, path: [key, ...issue.path] });
    }
    spec[key] = parsed.data;
  }
  return spec as AppSpec;
};

/** Checks one app of a file, whatever its keys are called there. `envs` are the names of its environments. */
export const checkApp = (
  app: unknown,
  place: string,
  reading: Reading,
  fail: Fail,
): { readonly spec: AppSpec; readonly envs: readonly string[] } => {
  if (!isObject(app)) return fail(place, 'expected an object');
  const named = nameKeys(app, place, reading, fail);
  const values = workOut(named, place, reading, fail);
  const spec = parseValues(values, (issue) => report(issue, place, named.called, fail));
  return { spec, envs: Object.keys(named.envs) };
};

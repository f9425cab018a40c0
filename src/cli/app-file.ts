import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { AppSpec } from '../api/schemas.js';
import { ClientError } from '../client/client-error.js';
import { nearest } from '../domain/nearest.js';
import { parseDuration } from './format.js';

type Kind = 'text' | 'count' | 'duration' | 'flag' | 'list' | 'environment';

/** Keys of an app in a file: what each is called here, and what it must be. */
const KEYS: Readonly<Record<string, readonly [keyof AppSpec, Kind]>> = {
  name: ['name', 'text'],
  namespace: ['namespace', 'text'],
  script: ['script', 'text'],
  args: ['args', 'list'],
  cwd: ['cwd', 'text'],
  env: ['env', 'environment'],
  interpreter: ['interpreter', 'text'],
  interpreter_args: ['interpreterArgs', 'list'],
  instances: ['instances', 'count'],
  autorestart: ['autorestart', 'flag'],
  max_restarts: ['maxRestarts', 'count'],
  restart_window: ['restartWindowMs', 'duration'],
  min_uptime: ['minUptimeMs', 'duration'],
  restart_delay: ['restartDelayMs', 'duration'],
  exp_backoff_restart_delay: ['backoffInitialMs', 'duration'],
  kill_timeout: ['killTimeoutMs', 'duration'],
  kill_signal: ['killSignal', 'text'],
  treekill: ['treekill', 'flag'],
};

const snake = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const EXPECTED: Readonly<Record<Kind, string>> = {
  text: 'a text',
  count: 'a whole number of 0 or more',
  duration: 'milliseconds, or a text such as "500ms", "3s", "2m"',
  flag: 'true or false',
  list: 'a list of texts, or one text to be split at spaces',
  environment: 'an object of texts',
};

/** The value as its kind wants it, or undefined when it is of another. */
const readValue = (kind: Kind, value: unknown): unknown => {
  switch (kind) {
    case 'text':
      return typeof value === 'string' ? value : undefined;
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0 ? value : undefined;
    case 'duration': {
      const whole = Number.isSafeInteger(value) && (value as number) >= 0;
      if (whole) return value;
      return typeof value === 'string' ? (parseDuration(value) ?? undefined) : undefined;
    }
    case 'flag':
      return typeof value === 'boolean' ? value : undefined;
    case 'list':
      if (typeof value === 'string') return value.split(/\s+/).filter(Boolean);
      return Array.isArray(value) ? value.map(String) : undefined;
    case 'environment':
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads a file `{"apps": [{"name", "script", …}]}`; relative folders begin at the file's own.
 *
 * @throws ClientError BAD_FILE that names the file, the path inside it, and what was expected.
 */
export const readAppFile = (file: string): AppSpec[] => {
  const path = resolve(file);
  const bad = (where: string, expected: string): never => {
    throw new ClientError('BAD_FILE', `${file}: ${where}: ${expected}`, 'nothing was started');
  };
  const readApp = (app: unknown, where: string): AppSpec => {
    if (!isObject(app)) return bad(where, 'expected an object');
    const spec: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(app)) {
      const known = KEYS[snake(key)];
      if (!known) {
        const meant = nearest(snake(key), Object.keys(KEYS));
        return bad(`${where}.${key}`, `unknown key${meant ? `; did you mean "${meant}"?` : ''}`);
      }
      const [name, kind] = known;
      spec[name] = readValue(kind, value);
      if (spec[name] === undefined) return bad(`${where}.${key}`, `expected ${EXPECTED[kind]}`);
    }
    if (typeof spec.script !== 'string') return bad(`${where}.script`, 'expected a text');
    return {
      ...spec,
      cwd: resolve(dirname(path), String(spec.cwd ?? '.')),
    } as AppSpec;
  };
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return bad('$', (error as Error).message);
  }
  const apps = isObject(content) ? content.apps : undefined;
  if (!Array.isArray(apps) || apps.length === 0) {
    return bad('$.apps', 'expected a list of at least one app');
  }
  return apps.map((app, index) => readApp(app, `$.apps[${index}]`));
};

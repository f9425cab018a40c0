import { readFileSync } from 'node:fs';
import { DEFAULT_LOG_SETTINGS, type LogSettings } from '../domain/log-upkeep.js';
import { nearest } from '../domain/nearest.js';

/** Settings that cannot be used; names the file, the key, and what was expected there. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'BAD_SETTINGS';
  readonly hint = 'correct the file, or remove it; docs/logs.md has its keys';
}

const SIZE = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;
const TIME = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

const scaled = (value: unknown, pattern: RegExp, units: Record<string, number>): unknown => {
  const [, digits, unit = ''] = (typeof value === 'string' && pattern.exec(value)) || [];
  return digits === undefined ? value : Math.round(Number(digits) * units[unit]!);
};

const size = (value: unknown): unknown => scaled(value, /^(\d+(?:\.\d+)?)([KMG]?)B?$/, SIZE);
const time = (value: unknown): unknown => scaled(value, /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/, TIME);

interface Key {
  readonly setting: keyof LogSettings;
  readonly read: (value: unknown) => unknown;
  readonly takes: (value: unknown) => boolean;
  readonly expected: string;
}

const A_SIZE = 'bytes, or a text such as "512K", "10M", "1G"';
const A_TIME = 'ms, or a text such as "12h", "30d", or null';
const orNull = (value: unknown): boolean => value === null || isCount(value);
const same = (value: unknown): unknown => value;

const KEYS: Readonly<Record<string, Key>> = {
  max_size: {
    setting: 'maxSizeBytes',
    read: size,
    takes: (value) => isCount(value) && value >= 4096,
    expected: `${A_SIZE}, 4K at least`,
  },
  rotate_after: { setting: 'rotateAfterMs', read: time, takes: orNull, expected: A_TIME },
  keep: { setting: 'keep', read: same, takes: isCount, expected: 'a whole number of 0 or more' },
  max_age: { setting: 'maxAgeMs', read: time, takes: orNull, expected: A_TIME },
  compress: {
    setting: 'compress',
    read: same,
    takes: (value) => typeof value === 'boolean',
    expected: 'true or false',
  },
  total_size: {
    setting: 'totalSizeBytes',
    read: size,
    takes: orNull,
    expected: `${A_SIZE}, or null`,
  },
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readLogSettings = (file: string, given: unknown): LogSettings => {
  if (!isObject(given)) throw new SettingsError(`${file}: $.logs: expected an object`);
  const settings: Record<string, unknown> = { ...DEFAULT_LOG_SETTINGS };
  for (const [name, value] of Object.entries(given)) {
    const key = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined;
    if (!key) {
      const meant = nearest(name, Object.keys(KEYS));
      const hint = meant ? `; did you mean "${meant}"?` : '';
      throw new SettingsError(`${file}: $.logs.${name}: unknown key${hint}`);
    }
    const read = key.read(value);
    if (!key.takes(read))
      throw new SettingsError(`${file}: $.logs.${name}: expected ${key.expected}`);
    settings[key.setting] = read;
  }
  return settings as unknown as LogSettings;
};

/**
 * The settings of a home; the defaults where there is no file.
 *
 * @throws SettingsError BAD_SETTINGS
 */
export const readSettings = (file: string): { readonly logs: LogSettings } => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { logs: DEFAULT_LOG_SETTINGS };
    throw new SettingsError(`${file}: ${(error as Error).message}`);
  }
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new SettingsError(`${file}: ${(error as Error).message}`);
  }
  if (!isObject(given)) throw new SettingsError(`${file}: $: expected an object`);
  const [unknown] = Object.keys(given).filter((key) => key !== 'logs');
  if (unknown !== undefined) throw new SettingsError(`${file}: $.${unknown}: unknown key`);
  return { logs: readLogSettings(file, given.logs ?? {}) };
};

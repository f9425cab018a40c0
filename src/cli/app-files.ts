import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { ClientError } from '../client/client-error.js';
import type { AppSpec } from '../config/app-keys.js';
import type { AppFile } from '../config/read-file.js';
import { cleanBase, inheritedBase } from '../domain/environment.js';
import { nearest } from '../domain/nearest.js';

/** Flags of every verb that takes an app file. */
export const fileFlags = {
  only: string({
    description: 'with a file: these of its apps, separated by commas',
    helpValue: 'NAME,...',
    multiple: true,
    multipleNonGreedy: true,
  }),
  lenient: boolean({ description: 'with a file: warn of unknown keys instead of refusing them' }),
};

export interface FileFlags {
  readonly only?: readonly string[] | undefined;
  readonly lenient?: boolean | undefined;
  /** `--env NAME`: which of its environments. */
  readonly env?: string | undefined;
}

/** Files that describe apps: data, or code whose name ends in `.config`. */
const APP_FILE = /\.(json5?|ya?ml|toml|hcl|pm2)$|\.config\.[cm]?[jt]s$/;

export const isAppFile = (text: string): boolean => APP_FILE.test(text) && existsSync(text);

/** The first of some words that reads as the path of an app file, when no file is there. */
export const missingAppFile = (words: readonly string[]): string | undefined =>
  words.find((word) => APP_FILE.test(word) && !existsSync(word));

const USUAL = /^(opm|ecosystem)\.config\.(ts|mts|mjs|cjs|js|json|ya?ml|toml)$/;

/** The app file of the working directory, for verbs that are given none. */
export const usualAppFile = (): string => {
  const found = readdirSync('.').filter((name) => USUAL.test(name));
  const own = found.filter((name) => name.startsWith('opm.'));
  const [file, another] = own.length > 0 ? own : found;
  if (file === undefined)
    throw new ClientError(
      'NO_FILE',
      'there is no opm.config.* in this folder',
      '`opm init` writes one',
    );
  if (another === undefined) return file;
  throw new ClientError('NO_FILE', `this folder has ${file} and ${another}`, 'name one of them');
};

const chosen = (apps: AppFile['apps'], only: readonly string[], file: string): AppFile['apps'] => {
  const names = only.flatMap((list) => list.split(',')).filter(Boolean);
  if (names.length === 0) return apps;
  const nameOf = ({ name, script }: AppFile['apps'][number]) =>
    name ?? basename(script).replace(/\.[^.]*$/, '');
  const known = apps.map(nameOf);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger === undefined) return apps.filter((app) => names.includes(nameOf(app)));
  const meant = nearest(stranger, known);
  const hint = meant === null ? `it has ${known.join(', ')}` : `did you mean "${meant}"?`;
  throw new ClientError('UNKNOWN_APP', `${file} has no app "${stranger}"`, hint);
};

/** The body of a request that describes apps. */
interface Described {
  readonly apps: AppSpec[];
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly source: string;
}

/**
 * What a file describes, as the daemon wants to hear it. Warnings go to `warn`.
 *
 * @throws ConfigError BAD_FILE, ClientError UNKNOWN_APP
 */
export const describeFile = async (
  file: string,
  flags: FileFlags,
  warn: (message: string) => void,
): Promise<Described> => {
  const { readAppFile } = await import('../config/read-file.js');
  const reading = { envName: flags.env ?? null, lenient: flags.lenient ?? false };
  const { path, apps, warnings } = await readAppFile(file, reading);
  for (const warning of warnings) warn(warning);
  const wanted = chosen(apps, flags.only ?? [], file);
  const whole = wanted.some((app) => app.inherit_env);
  const env = whole ? inheritedBase(process.env, []) : cleanBase(process.env);
  return { apps: [...wanted], cwd: dirname(path), source: path, env };
};

/** The names of the apps of a file, as targets. */
export const targetsOfFile = async (
  file: string,
  flags: FileFlags,
  warn: (message: string) => void,
): Promise<readonly string[]> => {
  const { apps } = await describeFile(file, flags, warn);
  return apps.map(({ name, namespace, script }) => {
    const called = name ?? basename(script.split(/\s/)[0] ?? '').replace(/\.[^.]*$/, '');
    return namespace === undefined ? called : `${namespace}/${called}`;
  });
};

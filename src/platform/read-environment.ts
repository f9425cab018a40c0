import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { composeEnvironment, type Environment, type Secret } from '../domain/environment.js';
import { environOf } from './proc.js';

/** Reads what an environment refers to; both throw the error that says why they cannot. */
export interface EnvironmentSource {
  readonly readFile: (path: string) => Readonly<Record<string, string>>;
  readonly reveal: (secret: Secret) => string;
}

/**
 * The variables of a `.env` file, as Node itself reads them.
 *
 * @throws the system's error when it cannot be read.
 */
export const readEnvFile = (path: string): Readonly<Record<string, string>> =>
  parseEnv(readFileSync(path, 'utf8')) as Record<string, string>;

/**
 * The environment of one instance as its program gets it, its files read now.
 *
 * @throws what the source throws.
 */
export const readEnvironment = (
  environment: Environment,
  instance: number,
  { readFile, reveal }: EnvironmentSource,
): Record<string, string> =>
  composeEnvironment(environment, instance, {
    files: environment.files.map(readFile),
    reveal,
  });

/** The variables that a process was started with, or null when they may not be read; see `environOf`. */
export const liveEnvironment = (pid: number): Readonly<Record<string, string>> | null => {
  const environ = environOf(pid);
  if (environ === null) return null;
  const lines = environ.split('\0').filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
};

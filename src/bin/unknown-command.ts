import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '../domain/nearest.js';
import { packageRoot } from '../platform/package-root.js';

interface Manifest {
  readonly commands: Readonly<Record<string, { readonly aliases: readonly string[] }>>;
}

const knownCommands = (): string[] => {
  const text = readFileSync(join(packageRoot, 'oclif.manifest.json'), 'utf8');
  const { commands } = JSON.parse(text) as Manifest;
  return Object.entries(commands).flatMap(([id, { aliases }]) => [
    id.replaceAll(':', ' '),
    ...aliases,
  ]);
};

/** Says that there is no such command, and which one was probably meant; exit code 2. */
export const reportUnknownCommand = (name: string, json: boolean): void => {
  const meant = nearest(name, knownCommands());
  const code = 'UNKNOWN_COMMAND';
  const message = `there is no command "${name}"`;
  const hint = meant === null ? '`opm --help` lists them' : `did you mean "opm ${meant}"?`;
  if (json) console.log(JSON.stringify({ error: { code, message, hint } }));
  else console.error(`opm: ${message} [${code}]\n     ${hint}`);
  process.exitCode = 2;
};

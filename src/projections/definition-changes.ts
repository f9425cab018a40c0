import type { App } from '../domain/app.js';
import { type EnvValue, shownValue } from '../domain/environment.js';

/** Something that differs; null where it was not there. */
export interface FieldChange {
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
}

type Leaf = readonly [path: readonly string[], value: unknown];

const isSecretReference = (value: object): boolean => 'secret' in value;

const leavesOf = (value: unknown, path: readonly string[] = []): Leaf[] => {
  const isBranch =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !isSecretReference(value);
  if (!isBranch) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
};

/** `env.values.TOKEN` is a variable, and shown as variables may be. */
const isVariable = ([room, layer]: readonly string[]): boolean =>
  room === 'env' && (layer === 'base' || layer === 'defaults' || layer === 'values');

const shown = (app: App, path: readonly string[], value: unknown): string =>
  isVariable(path)
    ? shownValue(path.at(-1) ?? '', value as EnvValue, app.env.secrets)
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

/** Where two definitions of an app differ, by path; secrets masked. */
export const definitionChanges = (before: App, after: App): readonly FieldChange[] => {
  const [old, fresh] = [before, after].map(
    (app) => new Map(leavesOf(app).map((leaf) => [leaf[0].join('.'), leaf])),
  ) as [Map<string, Leaf>, Map<string, Leaf>];
  const text = (app: App, leaf: Leaf | undefined): string | null =>
    leaf === undefined ? null : shown(app, ...leaf);
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((field) => JSON.stringify(old.get(field)) !== JSON.stringify(fresh.get(field)))
    .map((field) => ({
      field,
      from: text(before, old.get(field)),
      to: text(after, fresh.get(field)),
    }));
};

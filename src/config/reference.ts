import { ALIASES, IGNORED } from './aliases.js';
import { groups } from './app-keys.js';
import { appProperties, type JsonSchema } from './json-schema.js';

/** A flag that stands for a key, as the reference shows it. */
export interface FlagOfKey {
  readonly flag: string;
  readonly key: string;
  readonly description: string;
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

/** The type of a key in words. */
const typeOf = (schema: JsonSchema): string => {
  if (schema.title) return schema.title;
  if (schema.anyOf)
    return [...new Set(schema.anyOf.map((one) => typeOf(one as JsonSchema)))].join(' or ');
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  switch (schema.type) {
    case 'integer':
      return 'whole number';
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'array':
      return `list of ${typeOf(schema.items as JsonSchema)}`;
    case 'object':
      return schema.additionalProperties && schema.propertyNames ? 'names with values' : 'object';
    default:
      return String(schema.type ?? 'any');
  }
};

/** Texts that stand for numbers of a unit say so by the unit, not as another type. */
const typeWithUnit = (schema: JsonSchema): string =>
  schema.unit === undefined ? typeOf(schema) : schema.unit === 'ms' ? 'time' : 'size';

const row = (key: string, schema: JsonSchema, flag: string): string => {
  const byDefault = schema.default === undefined ? '' : code(JSON.stringify(schema.default));
  const cells = [code(key), typeWithUnit(schema), schema.unit ?? '', byDefault, flag];
  return `| ${[...cells, schema.description ?? ''].join(' | ')} |`;
};

/** The keys inside an object, as `key.inner`. */
const innerRows = (key: string, schema: JsonSchema): string[] => {
  const shapes = [schema, ...((schema.anyOf ?? []) as JsonSchema[])];
  return shapes.flatMap(({ properties = {} }) =>
    Object.entries(properties).map(([inner, found]) =>
      row(`${key}.${inner}`, found as JsonSchema, ''),
    ),
  );
};

const HEAD = ['| key | type | unit | default | flag | meaning |', '|---|---|---|---|---|---|'];

const aliasLines = (): string[] =>
  Object.entries(ALIASES).map(([alias, key]) => `| ${code(alias)} | ${code(key)} |`);

const ignoredLines = (): string[] =>
  Object.entries(IGNORED).map(([key, why]) => `| ${code(key)} | ${why} |`);

/** The tables of docs/configuration.md: every key of an app, made from the schema that checks them. */
export const referenceOf = (flags: readonly FlagOfKey[]): string => {
  const properties = appProperties();
  const flagsOf = (key: string): string =>
    flags
      .filter((flag) => flag.key === key)
      .map(({ flag }) => code(`--${flag}`))
      .join(', ');
  const tables = Object.entries(groups).flatMap(([group, keys]) => [
    `### ${group}`,
    '',
    ...HEAD,
    ...Object.keys(keys).flatMap((key) => [
      row(key, properties[key] ?? {}, flagsOf(key)),
      ...innerRows(key, properties[key] ?? {}),
    ]),
    '',
  ]);
  return [
    ...tables,
    '### Other names',
    '',
    'Each key may also be written in camelCase.',
    '',
    '| name | key |',
    '|---|---|',
    ...aliasLines(),
    '| `port` | `env.PORT` |',
    '| `disable_logs` | `out_file` and `error_file` of `/dev/null` |',
    '',
    '### Keys of PM2 without effect',
    '',
    '| key | why |',
    '|---|---|',
    ...ignoredLines(),
    '',
  ].join('\n');
};

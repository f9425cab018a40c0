import * as z from 'zod';
import { ALIASES, IGNORED } from './aliases.js';
import { appSpec } from './app-keys.js';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** zod leaves a default out where what comes in is not what goes out: it is carried under a name of its own. */
const defaults = ({ jsonSchema }: { jsonSchema: JsonSchema }): void => {
  if (!('byDefault' in jsonSchema)) return;
  jsonSchema.default = jsonSchema.byDefault as NonNullable<JsonSchema['default']>;
  delete jsonSchema.byDefault;
};

const appSchema = (): JsonSchema => z.toJSONSchema(appSpec, { io: 'input', override: defaults });

/** The JSON Schema of each key of an app, as it may be written. */
export const appProperties = (): Readonly<Record<string, JsonSchema>> =>
  appSchema().properties as Record<string, JsonSchema>;

const camel = (key: string): string =>
  key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The published JSON Schema (2020-12) of app files, with every alias and spelling that is accepted. */
export const fileJsonSchema = (): JsonSchema => {
  const { properties = {}, required = [], ...app } = appSchema();
  const spelled = Object.entries(properties).flatMap(([key, schema]) => {
    const others = Object.keys(ALIASES).filter((alias) => ALIASES[alias] === key);
    const names = [key, ...others].flatMap((name) => [name, camel(name)]);
    return [...new Set(names)].map((name) => [
      name,
      name === key ? schema : { $ref: `#/$defs/app/properties/${key}` },
    ]);
  });
  const ignored = Object.entries(IGNORED).map(([key, why]) => [
    key,
    { description: `No effect: ${why}` },
  ]);
  const environment = { $ref: '#/$defs/app/properties/env' };
  const { $schema, ...shape } = app;
  const early = {
    port: { type: ['number', 'string'], description: 'The variable PORT' },
    append_env_to_name: { type: 'boolean', description: 'With --env NAME: adds -NAME to the name' },
    disable_logs: { type: 'boolean', description: 'Output goes to /dev/null' },
  };
  return {
    $schema: $schema as string,
    title: 'App file of opm',
    anyOf: [
      { $ref: '#/$defs/app' },
      { type: 'array', minItems: 1, items: { $ref: '#/$defs/app' } },
      {
        type: 'object',
        required: ['apps'],
        additionalProperties: false,
        properties: {
          $schema: { type: 'string' },
          apps: {
            anyOf: [
              { type: 'array', minItems: 1, items: { $ref: '#/$defs/app' } },
              { $ref: '#/$defs/app' },
            ],
          },
          default_env: environment,
          deploy: { description: 'No effect: opm deploys nothing' },
        },
      },
    ],
    $defs: {
      app: {
        ...shape,
        anyOf: [{ required }, { required: ['exec'] }],
        patternProperties: { '^env_(?!file$)': environment },
        properties: { ...Object.fromEntries([...spelled, ...ignored]), ...early },
      },
    },
  } as JsonSchema;
};

import type * as z from 'zod';
import type * as appSchemas from './app-schemas.js';
import type * as schemas from './schemas.js';

type AppSchemas = typeof appSchemas;
export type Schemas = typeof schemas & AppSchemas;
/** What a route takes, by the name of its schema. */
export type InputName = Exclude<keyof Schemas, 'actor'>;

/** Whatever describes apps is loaded apart: of a schema for ninety keys, a daemon that restores and stops has no use. */
const OF_APPS: Readonly<Record<keyof AppSchemas, true>> = {
  startBody: true,
  planBody: true,
  applyBody: true,
  adjustBody: true,
};

const describesApps = (input: InputName): input is keyof AppSchemas =>
  Object.hasOwn(OF_APPS, input);

/** The schema of this name. None is loaded before somebody needs it: a daemon that is only looked at stays small. */
export const loadSchema = async (input: InputName): Promise<z.ZodType> =>
  describesApps(input)
    ? (await import('./app-schemas.js'))[input]
    : (await import('./schemas.js'))[input];

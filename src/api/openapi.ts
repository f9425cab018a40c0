import * as z from 'zod';
import * as appSchemas from './app-schemas.js';
import { type RouteName, routes } from './routes.js';
import * as schemas from './schemas.js';

const inputOf = (name: RouteName, method: string): object => {
  const { [routes[name].input]: input } = { ...schemas, ...appSchemas };
  const schema = z.toJSONSchema(input, { io: 'input' });
  if (method === 'POST') {
    return {
      requestBody: {
        required: true,
        content: { 'application/json': { schema } },
      },
    };
  }
  const required = new Set(schema.required ?? []);
  const parameters = Object.entries(schema.properties ?? {}).map(([key, property]) => ({
    name: key,
    in: 'query',
    required: required.has(key),
    schema: property,
  }));
  return { parameters };
};

/** The API as an OpenAPI 3.1 document, made from the route table. */
export const openApi = (): object => {
  const paths: Record<string, Record<string, object>> = {};
  for (const name of Object.keys(routes) as RouteName[]) {
    const [method, path] = name.split(' ') as [string, string];
    const { kind, summary } = routes[name];
    const type = kind === 'stream' ? 'text/event-stream' : 'application/json';
    const operation = {
      summary,
      ...inputOf(name, method),
      responses: { 200: { description: summary, content: { [type]: {} } } },
    };
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  return { openapi: '3.1.0', info: { title: 'opm', version: '1' }, paths };
};

import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { Actor } from '../domain/event.js';
import { requestKey } from '../domain/ids.js';
import { ApiError } from './api-error.js';
import { openApi } from './openapi.js';
import { type RouteName, routes } from './routes.js';
import type { Caller, Handlers } from './service.js';
import { eventStream } from './stream.js';

export const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
const KEY_LIMIT = 200;
/** Room for the ids of as many processes as there may be: GET /v1/outcome names them. */
const HEADER_LIMIT_BYTES = 128 * 1024;

const tooLarge = (): never => {
  const message = `the body is larger than ${BODY_LIMIT_BYTES} bytes`;
  throw new ApiError(413, 'BODY_TOO_LARGE', message, 'split it into several requests');
};

/** Where in the input, and what was expected there. */
const describe = (error: z.core.$ZodError): string =>
  error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.length > 0 ? issue.path.join('.') : 'body'}: ${issue.message}`)
    .join('; ');

const parseInput = (name: RouteName, value: unknown): unknown => {
  const parsed = routes[name].input.safeParse(value);
  if (parsed.success) return parsed.data;
  const hint = 'GET /v1/openapi.json describes every route';
  throw new ApiError(400, 'BAD_REQUEST', describe(parsed.error), hint);
};

const readBody = async (c: Context): Promise<{ text: string; value: unknown }> => {
  const text = await c.req.text();
  try {
    return { text, value: text === '' ? {} : JSON.parse(text) };
  } catch (error) {
    const message = `the body is not JSON: ${(error as Error).message}`;
    throw new ApiError(400, 'BAD_REQUEST', message, 'send a JSON object');
  }
};

const actorSchema = z.strictObject({
  uid: z.number().int(),
  command: z.string().max(2000),
});

const readActor = (header: string | undefined): Actor => {
  if (header === undefined) return { uid: -1, command: 'unknown' };
  try {
    return actorSchema.parse(JSON.parse(decodeURIComponent(header)));
  } catch {
    const hint = 'encodeURIComponent of {"uid": number, "command": text}';
    throw new ApiError(400, 'BAD_REQUEST', 'the header Opm-Actor is malformed', hint);
  }
};

const readCaller = (c: Context, name: RouteName, body: string): Caller => {
  const key = c.req.header('idempotency-key');
  if (!key || key.length > KEY_LIMIT) {
    const message = `the header Idempotency-Key must have 1 to ${KEY_LIMIT} characters`;
    throw new ApiError(400, 'BAD_REQUEST', message, 'choose a fresh key for each new request');
  }
  const bodyHash = createHash('sha256').update(`${name}\n${body}`).digest('base64url');
  return {
    key: requestKey(key),
    bodyHash,
    actor: readActor(c.req.header('opm-actor')),
  };
};

const errorBody = (error: ApiError) => ({
  error: { code: error.code, message: error.message, hint: error.hint },
});

type AnyHandler = (input: unknown, caller?: Caller) => unknown;

/** The API as a Hono app: every route of the table, validated by its schema. */
export const createApi = (handlers: Handlers, failed: (error: Error) => void): Hono => {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: tooLarge }));
  app.get('/v1/openapi.json', (c) => c.json(openApi()));
  for (const name of Object.keys(routes) as RouteName[]) {
    const [method, path] = name.split(' ') as [string, string];
    const { kind, mutates } = routes[name];
    const handle = handlers[name] as AnyHandler;
    app.on(method, path, async (c) => {
      const body = method === 'POST' ? await readBody(c) : null;
      const input = parseInput(name, body ? body.value : c.req.query());
      if (kind === 'stream') return eventStream(handle(input) as Parameters<typeof eventStream>[0]);
      const caller = mutates && body ? readCaller(c, name, body.text) : undefined;
      return c.json((await handle(input, caller)) as object);
    });
  }
  app.notFound((c) => {
    const message = `there is no ${c.req.method} ${c.req.path}`;
    const hint = 'GET /v1/openapi.json describes every route';
    return c.json(errorBody(new ApiError(404, 'UNKNOWN_ROUTE', message, hint)), 404);
  });
  app.onError((error, c) => {
    const known =
      error instanceof ApiError
        ? error
        : new ApiError(500, 'INTERNAL', error.message, 'the daemon log has more');
    if (known.status === 500) failed(error);
    return c.json(errorBody(known), known.status);
  });
  return app;
};

/** The API as a server that is not listening yet. */
export const createServer = (handlers: Handlers, failed: (error: Error) => void): Server =>
  createAdaptorServer({
    fetch: createApi(handlers, failed).fetch,
    serverOptions: { maxHeaderSize: HEADER_LIMIT_BYTES },
  }) as Server;

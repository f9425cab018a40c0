import { createHash } from 'node:crypto';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type * as z from 'zod';
import type { Actor } from '../domain/event.js';
import { requestKey } from '../domain/ids.js';
import { ApiError } from './api-error.js';
import { loadSchema } from './input-schemas.js';
import { type RouteName, routes } from './routes.js';
import type { Caller, Handlers } from './service.js';
import { streamEvents } from './stream.js';

export const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
const KEY_LIMIT = 200;
/** Room for the ids of as many processes as there may be: GET /v1/outcome names them. */
const HEADER_LIMIT_BYTES = 128 * 1024;

const tooLarge = (): ApiError => {
  const message = `the body is larger than ${BODY_LIMIT_BYTES} bytes`;
  return new ApiError(413, 'BODY_TOO_LARGE', message, 'split it into several requests');
};

/** Where in the input, and what was expected there. */
const describe = (error: z.core.$ZodError): string =>
  error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.length > 0 ? issue.path.join('.') : 'body'}: ${issue.message}`)
    .join('; ');

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length === 0;

/** Most requests bring no input. To tell that, nothing is loaded. */
const parseInput = async (name: RouteName, value: unknown): Promise<unknown> => {
  const { input } = routes[name];
  if (input === 'nothing' && isEmpty(value)) return value;
  const parsed = (await loadSchema(input)).safeParse(value);
  if (parsed.success) return parsed.data;
  const hint = 'GET /v1/openapi.json describes every route';
  throw new ApiError(400, 'BAD_REQUEST', describe(parsed.error), hint);
};

const readText = async (request: IncomingMessage): Promise<string> => {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const readBody = async (request: IncomingMessage): Promise<{ text: string; value: unknown }> => {
  const text = await readText(request);
  try {
    return { text, value: text === '' ? {} : JSON.parse(text) };
  } catch (error) {
    const message = `the body is not JSON: ${(error as Error).message}`;
    throw new ApiError(400, 'BAD_REQUEST', message, 'send a JSON object');
  }
};

const readActor = async (header: unknown): Promise<Actor> => {
  if (header === undefined) return { uid: -1, command: 'unknown' };
  try {
    const { actor } = await import('./schemas.js');
    return actor.parse(JSON.parse(decodeURIComponent(String(header))));
  } catch {
    const hint = 'encodeURIComponent of {"uid": number, "command": text}';
    throw new ApiError(400, 'BAD_REQUEST', 'the header Opm-Actor is malformed', hint);
  }
};

const readCaller = async (
  { headers }: IncomingMessage,
  name: RouteName,
  body: string,
): Promise<Caller> => {
  const key = headers['idempotency-key'];
  if (typeof key !== 'string' || key.length === 0 || key.length > KEY_LIMIT) {
    const message = `the header Idempotency-Key must have 1 to ${KEY_LIMIT} characters`;
    throw new ApiError(400, 'BAD_REQUEST', message, 'choose a fresh key for each new request');
  }
  const bodyHash = createHash('sha256').update(`${name}\n${body}`).digest('base64url');
  return {
    key: requestKey(key),
    bodyHash,
    actor: await readActor(headers['opm-actor']),
  };
};

const errorBody = (error: ApiError) => ({
  error: { code: error.code, message: error.message, hint: error.hint },
});

type AnyHandler = (input: unknown, caller?: Caller) => unknown;

const sendJson = (response: ServerResponse, status: number, value: unknown): void => {
  const text = JSON.stringify(value);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length });
  response.end(text);
};

const unknownRoute = (method: string, path: string): ApiError => {
  const hint = 'GET /v1/openapi.json describes every route';
  return new ApiError(404, 'UNKNOWN_ROUTE', `there is no ${method} ${path}`, hint);
};

/** Whoever asks what a path takes is about to send it: what checks that is loaded meanwhile. */
const tellMethods = async (path: string, response: ServerResponse): Promise<void> => {
  const names = (Object.keys(routes) as RouteName[]).filter((name) => name.endsWith(` ${path}`));
  if (names.length === 0) throw unknownRoute('OPTIONS', path);
  for (const name of names) await loadSchema(routes[name].input);
  const allow = names.map((name) => name.split(' ')[0]).join(', ');
  response.writeHead(204, { allow }).end();
};

/** Serves one request by the route that it names. Throws what is to be answered as an error. */
const serve = async (
  handlers: Handlers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { method = '', url = '' } = request;
  const [path = '', query] = url.split(/\?(.*)/s);
  if (method === 'GET' && path === '/v1/openapi.json') {
    const { openApi } = await import('./openapi.js');
    return sendJson(response, 200, openApi());
  }
  if (method === 'OPTIONS') return tellMethods(path, response);
  const name = `${method} ${path}` as RouteName;
  if (!Object.hasOwn(routes, name)) throw unknownRoute(method, path);
  const { kind, mutates } = routes[name];
  const handle = handlers[name] as AnyHandler;
  const body = method === 'POST' ? await readBody(request) : null;
  const given = body ? body.value : Object.fromEntries(new URLSearchParams(query));
  const input = await parseInput(name, given);
  if (kind === 'stream') return streamEvents(response, handle(input) as never);
  const caller = mutates && body ? await readCaller(request, name, body.text) : undefined;
  sendJson(response, 200, await handle(input, caller));
};

/** The API as a server that is not listening yet; `failed` is told of what no route foresaw. */
export const createServer = (handlers: Handlers, failed: (error: Error) => void): Server =>
  createHttpServer({ maxHeaderSize: HEADER_LIMIT_BYTES }, (request, response) => {
    serve(handlers, request, response).catch((error: Error) => {
      // Whoever asked is gone, or has half an answer already.
      if (response.destroyed || response.headersSent) {
        response.destroy();
        return;
      }
      const hint = 'the daemon log has more';
      const known =
        error instanceof ApiError ? error : new ApiError(500, 'INTERNAL', error.message, hint);
      if (known.status === 500) failed(error);
      // What was not read of the body is in the way of another request.
      if (!request.complete) response.setHeader('connection', 'close');
      sendJson(response, known.status, errorBody(known));
    });
  });

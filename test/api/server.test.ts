import { mkdtempSync, rmSync } from 'node:fs';
import { request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { of, throwError } from 'rxjs';
import { ApiError } from '../../src/api/api-error.js';
import * as appSchemas from '../../src/api/app-schemas.js';
import { type RouteName, routes } from '../../src/api/routes.js';
import * as otherSchemas from '../../src/api/schemas.js';
import { BODY_LIMIT_BYTES, createServer } from '../../src/api/server.js';
import type { Caller, Handlers } from '../../src/api/service.js';

const schemas = { ...otherSchemas, ...appSchemas };

interface Heard {
  readonly name: RouteName;
  readonly input: unknown;
  readonly caller: Caller | undefined;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly allow?: string | undefined;
}

/** One request to a server that listens for it alone. */
const requestOf = async (
  server: Server,
  name: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> => {
  const [method = '', path = ''] = name.split(' ');
  const folder = mkdtempSync(join(tmpdir(), 'opm-api-'));
  const socketPath = join(folder, 's');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    return await new Promise((resolve, reject) => {
      const outgoing = request({ socketPath, method, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        const { statusCode: status = 0, headers } = response;
        response.on('end', () => resolve({ status, text, allow: headers.allow }));
      });
      outgoing.on('error', reject).end(body);
    });
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The API over handlers that only write down what reaches them. */
const build = (override: Partial<Record<RouteName, () => unknown>> = {}) => {
  const heard: Heard[] = [];
  const names = Object.keys(routes) as RouteName[];
  const handlers = Object.fromEntries(
    names.map((name) => [
      name,
      (input: unknown, caller?: Caller) => {
        heard.push({ name, input, caller });
        return override[name]?.() ?? (routes[name].kind === 'stream' ? of(1, 2) : { ok: true });
      },
    ]),
  ) as unknown as Handlers;
  const server = createServer(handlers, () => {});
  const ask = (name: string, body?: unknown, headers: Record<string, string> = {}) =>
    requestOf(server, name, headers, body === undefined ? undefined : JSON.stringify(body));
  const errorOf = async (...args: Parameters<typeof ask>) => {
    const { status, text } = await ask(...args);
    return {
      status,
      ...(JSON.parse(text).error as { code: string; message: string; hint: string }),
    };
  };
  return { heard, ask, errorOf };
};

const KEY = { 'idempotency-key': 'k' };
const START = { apps: [{ script: 'a' }], cwd: '/', env: {}, existing: 'refuse' };
const mutating = (Object.keys(routes) as RouteName[]).filter((name) => routes[name].mutates);

const takes = (name: RouteName, body: unknown): boolean => {
  const { [routes[name].input]: schema } = schemas;
  return schema.safeParse(body).success;
};

describe('the API', () => {
  for (const name of mutating)
    it(`${name} needs an idempotency key`, async () => {
      const { heard, errorOf } = build();
      const bodies = [
        {},
        { targets: ['a'] },
        START,
        { label: 'a' },
        { atomic: false, concurrency: 0 },
      ];
      const body = [
        ...bodies,
        { target: 'a', kind: 'to', count: 1 },
        { targets: ['a'], signal: 'HUP' },
      ].find((candidate) => takes(name, candidate));
      expect(await errorOf(name, body)).to.include({ status: 400, code: 'BAD_REQUEST' });
      expect(heard).to.deep.equal([]);
    });

  it('tells the handler who asks, and tells bodies apart', async () => {
    const { heard, ask } = build();
    const actor = { uid: 7, command: 'opm stop ä' };
    const headers = { ...KEY, 'opm-actor': encodeURIComponent(JSON.stringify(actor)) };
    await ask('POST /v1/processes/stop', { targets: ['a'] }, headers);
    await ask('POST /v1/processes/stop', { targets: ['a'] }, KEY);
    await ask('POST /v1/processes/restart', { targets: ['a'] }, KEY);
    const [first, second, third] = heard.map(({ caller }) => caller);
    expect(first).to.deep.include({ key: 'k', actor });
    expect(second?.actor).to.deep.equal({ uid: -1, command: 'unknown' });
    expect(second?.bodyHash).to.equal(first?.bodyHash).and.not.equal(third?.bodyHash);
  });

  it('refuses an actor that is none', async () => {
    const { errorOf, heard } = build();
    const headers = { ...KEY, 'opm-actor': 'root' };
    const answer = await errorOf('POST /v1/processes/stop', { targets: ['a'] }, headers);
    expect(answer).to.include({ status: 400, message: 'the header Opm-Actor is malformed' });
    expect(heard).to.deep.equal([]);
  });

  for (const [what, body, where] of [
    ['an unknown key', { ...START, appz: [] }, 'appz'],
    ['an unknown key of an app', { ...START, apps: [{ script: 'a', scirpt: 'b' }] }, 'apps.0'],
    ['a wrong type', { ...START, apps: [{ script: 'a', instances: '3' }] }, 'apps.0.instances'],
    [
      'too many instances',
      { ...START, apps: [{ script: 'a', instances: 1e6 }] },
      'apps.0.instances',
    ],
    ['a variable that is no text', { ...START, env: { A: 1 } }, 'env.A'],
    ['no app', { ...START, apps: [] }, 'apps'],
    ['no object', 'start', 'body'],
  ] as const)
    it(`says where ${what} is`, async () => {
      const { errorOf, heard } = build();
      const answer = await errorOf('POST /v1/apps', body, KEY);
      expect(answer).to.include({ status: 400, code: 'BAD_REQUEST' });
      expect(answer.message).to.include(where);
      expect(heard).to.deep.equal([]);
    });

  it('refuses a body that is too large', async () => {
    const { errorOf, heard } = build();
    const body = { ...START, cwd: 'x'.repeat(BODY_LIMIT_BYTES) };
    const length = String(JSON.stringify(body).length);
    const answer = await errorOf('POST /v1/apps', body, { ...KEY, 'content-length': length });
    expect(answer).to.include({ status: 413, code: 'BODY_TOO_LARGE' });
    expect(heard).to.deep.equal([]);
  });

  it('hands on only what its schema allows, whatever it is sent', async () => {
    const name = fc.constantFrom(...mutating);
    await fc.assert(
      fc.asyncProperty(name, fc.jsonValue(), async (route, body) => {
        const { ask, heard } = build();
        const { status } = await ask(route, body, KEY);
        const allowed = takes(route, body);
        expect(status).to.equal(allowed ? 200 : 400);
        expect(heard).to.have.length(allowed ? 1 : 0);
      }),
      { numRuns: 300 },
    );
  });

  it('tells what a path takes', async () => {
    const { ask, heard } = build();
    expect(await ask('OPTIONS /v1/apps')).to.deep.equal({ status: 204, text: '', allow: 'POST' });
    expect(await ask('OPTIONS /v1/state')).to.include({ status: 204, allow: 'GET' });
    expect(await ask('OPTIONS /v1/nothing')).to.include({ status: 404 });
    expect(heard).to.deep.equal([]);
  });

  it('knows its routes', async () => {
    const { errorOf, ask } = build();
    expect(await errorOf('GET /v2/apps')).to.include({ status: 404, code: 'UNKNOWN_ROUTE' });
    const { paths } = JSON.parse((await ask('GET /v1/openapi.json')).text);
    const described = Object.entries(paths as object).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described).to.have.members(Object.keys(routes));
  });

  it('answers a refusal with its status, code and hint', async () => {
    const { errorOf } = build({
      'POST /v1/processes/stop': () => {
        throw new ApiError(404, 'UNKNOWN_TARGET', 'nobody', 'look');
      },
    });
    const answer = await errorOf('POST /v1/processes/stop', { targets: ['a'] }, KEY);
    expect(answer).to.deep.equal({
      status: 404,
      code: 'UNKNOWN_TARGET',
      message: 'nobody',
      hint: 'look',
    });
  });

  it('streams items as server-sent events, and says how the stream ended', async () => {
    const { ask } = build();
    const query = 'GET /v1/outcome?processes=1&goal=up';
    expect((await ask(query)).text).to.equal('data: 1\n\ndata: 2\n\nevent: end\ndata: {}\n\n');
    const broken = build({
      'GET /v1/outcome': () => throwError(() => new ApiError(507, 'FULL', 'no space', 'free some')),
    });
    expect((await broken.ask(query)).text).to.equal(
      'event: error\ndata: {"code":"FULL","message":"no space","hint":"free some"}\n\n',
    );
  });
});

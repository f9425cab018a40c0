import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { socketPath } from '../platform/socket-path.js';
import { ClientError } from './client-error.js';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request over the socket. Rejects with the system's error when nobody answers. */
export const send = (socket: string, call: Call): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { path, release } = socketPath(socket);
    const headers = {
      ...call.headers,
      ...(call.body === undefined ? {} : JSON_BODY),
    };
    const options = {
      method: call.method,
      path: call.path,
      headers,
      // Without an agent, whose first question is whether a host that is not there has an address.
      createConnection: () => connect(path),
    };
    const outgoing = httpRequest(options, (response) => {
      release();
      resolve(response);
    });
    outgoing.on('error', (error) => {
      release();
      reject(error);
    });
    outgoing.end(call.body);
  });

const JSON_BODY = { 'content-type': 'application/json' };

const readAll = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const failure = (status: number | undefined, text: string): ClientError => {
  try {
    const { error } = JSON.parse(text) as {
      error: { code: string; message: string; hint: string };
    };
    return new ClientError(error.code, error.message, error.hint);
  } catch {
    return new ClientError(
      'BAD_ANSWER',
      `the daemon answered ${status}: ${text.slice(0, 200)}`,
      '',
    );
  }
};

/** The body of a successful answer; throws ClientError with the daemon's own code otherwise. */
export const readJson = async (response: IncomingMessage): Promise<unknown> => {
  const text = await readAll(response);
  if (response.statusCode !== 200) throw failure(response.statusCode, text);
  return JSON.parse(text);
};

/** The items of a stream of server-sent events, until it ends. */
export async function* readEvents(response: IncomingMessage): AsyncGenerator<unknown> {
  if (response.statusCode !== 200) throw failure(response.statusCode, await readAll(response));
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const blocks = (rest + (chunk as string)).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data: unknown = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null');
      if (event === 'end') return;
      if (event === 'error') {
        const { code, message, hint } = data as { code: string; message: string; hint: string };
        throw new ClientError(code, message, hint);
      }
      yield data;
    }
  }
  throw new ClientError('STREAM_LOST', 'the daemon went away', 'ask again');
}

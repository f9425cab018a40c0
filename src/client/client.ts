import { setTimeout as pause } from 'node:timers/promises';
import type { InputOf, JsonRoute, MutationRoute, ResponseOf, StreamRoute } from '../api/routes.js';
import type { Actor } from '../domain/event.js';
import { closedHome, type HomePaths, homePaths } from '../platform/paths.js';
import { ClientError } from './client-error.js';
import { type Call, readEvents, readJson, send } from './http.js';

/** How long a request is tried again while daemons die or start. */
const RETRY_FOR_MS = 30_000;
const RETRY_PAUSE_MS = 20;

/** Nobody answers there, whoever did was gone before the answer came, or it asks to be asked again. */
const isLost = (error: unknown): boolean => {
  const { code, message } = error as NodeJS.ErrnoException;
  const lost = [
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOENT',
    'ENOTDIR',
    'EPIPE',
    'STREAM_LOST',
    'DAEMON_STOPPING',
    'DAEMON_BUSY',
  ];
  return lost.includes(code ?? '') || /socket hang up|aborted/.test(message);
};

const toQuery = (input: object): string => {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries as [string, string][])}`;
};

const callOf = (name: string, input: object, headers: Record<string, string> = {}): Call => {
  const [method = '', path = ''] = name.split(' ');
  return method === 'GET'
    ? { method, path: path + toQuery(input), headers }
    : { method, path, headers, body: JSON.stringify(input) };
};

export interface ClientOptions {
  readonly home: string;
  readonly actor: Actor;
  /** Fresh text for idempotency keys. */
  readonly newKey: () => string | Promise<string>;
}

/** Speaks to the daemon of one home; typed by the route table. */
export class Client {
  readonly paths: HomePaths;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.paths = homePaths(options.home);
  }

  /** @throws HomeError HOME_CLOSED, else the system's own. */
  async #send(call: Call) {
    try {
      return await send(this.paths.socket, call);
    } catch (error) {
      const isClosed = (error as NodeJS.ErrnoException).code === 'EACCES';
      throw isClosed ? closedHome(this.paths.home, error) : error;
    }
  }

  /** Asks a running daemon. Null when there is none. */
  async ask<N extends Exclude<JsonRoute, MutationRoute>>(
    name: N,
    input: InputOf<N>,
  ): Promise<ResponseOf<N> | null> {
    try {
      return await this.demand(name, input);
    } catch (error) {
      if (isLost(error)) return null;
      throw error;
    }
  }

  /** Asks a running daemon. Rejects with the system's error when there is none; see `persist`. */
  async demand<N extends Exclude<JsonRoute, MutationRoute>>(
    name: N,
    input: InputOf<N>,
  ): Promise<ResponseOf<N>> {
    const response = await this.#send(callOf(name, input as object));
    return (await readJson(response)) as ResponseOf<N>;
  }

  /** Follows a stream of a running daemon. Ends when it does. */
  async *follow<N extends StreamRoute>(name: N, input: InputOf<N>): AsyncGenerator<ResponseOf<N>> {
    const response = await this.#send(callOf(name, input as object));
    yield* readEvents(response) as AsyncGenerator<ResponseOf<N>>;
  }

  /**
   * Asks for a change. Starts the daemon when there is none, and asks again with the same key when the
   * answer was lost: the request is carried out once, or not at all.
   */
  async change<N extends MutationRoute>(
    name: N,
    input: InputOf<N>,
    givenKey?: string,
  ): Promise<ResponseOf<N>> {
    const key = givenKey ?? (await this.#options.newKey());
    const headers = {
      'idempotency-key': key,
      'opm-actor': encodeURIComponent(JSON.stringify(this.#options.actor)),
    };
    return this.persist(async () => {
      const response = await this.#send(callOf(name, input as object, headers));
      return (await readJson(response)) as ResponseOf<N>;
    });
  }

  /** Does something again, with a daemon that is started if need be, until it is not lost. */
  async persist<T>(act: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + RETRY_FOR_MS;
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!isLost(error)) throw error;
        if (Date.now() > deadline) {
          const hint = `see ${this.paths.daemonLog}`;
          throw new ClientError('DAEMON_UNREACHABLE', 'the daemon cannot be reached', hint);
        }
      }
      const { launchDaemon } = await import('./launch-daemon.js');
      const serves = await launchDaemon(this.paths).catch((error) => {
        if (error.code !== 'DAEMON_KILLED' || Date.now() > deadline) throw error;
        return false;
      });
      if (!serves) await pause(RETRY_PAUSE_MS);
    }
  }
}

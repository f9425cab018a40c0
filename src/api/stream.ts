import type { ServerResponse } from 'node:http';
import { type Observable, Subscription } from 'rxjs';

/** What may be on its way to a follower of an observable before it is cut off. */
const BACKLOG_BYTES = 4 * 1024 * 1024;
/** Items of an iterable are sent together until they are so long. */
const CHUNK_CHARACTERS = 32 * 1024;
/** How long a follower that was cut off has to read why. */
const LAST_WORD_MS = 5000;

const END = 'event: end\ndata: {}\n\n';

const isObservable = (source: object): source is Observable<unknown> => 'subscribe' in source;

const line = (item: unknown): string => `data: ${JSON.stringify(item)}\n\n`;

const failure = (error: unknown): string => {
  const {
    code = 'INTERNAL',
    message = String(error),
    hint = 'ask again',
  } = error as { code?: string; message?: string; hint?: string };
  return `event: error\ndata: ${JSON.stringify({ code, message, hint })}\n\n`;
};

/** Resolves when the follower has read enough of what was written, or is gone. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
    if (response.destroyed || !response.writableNeedDrain) settle();
  });

/** Collects what comes in one turn, so that a thousand small items are one write. */
class Chunks {
  #text = '';
  #due: NodeJS.Immediate | null = null;

  constructor(private readonly response: ServerResponse) {}

  get isFull(): boolean {
    return this.#text.length >= CHUNK_CHARACTERS;
  }

  add(text: string): void {
    this.#text += text;
    this.#due ??= setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.#due) clearImmediate(this.#due);
    this.#due = null;
    const text = this.#text;
    this.#text = '';
    if (text !== '' && !this.response.destroyed) this.response.write(text);
  }
}

/** Reads on only as fast as the follower does: there is never more than a chunk in memory. */
const sendIterable = async (
  response: ServerResponse,
  items: AsyncIterable<unknown>,
): Promise<void> => {
  const iterator = items[Symbol.asyncIterator]();
  const chunks = new Chunks(response);
  let last = END;
  response.on('close', () => void iterator.return?.());
  try {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done || response.destroyed) break;
      chunks.add(line(value));
      if (chunks.isFull) chunks.flush();
      if (response.writableNeedDrain) await drained(response);
    }
  } catch (error) {
    last = failure(error);
  }
  chunks.flush();
  response.end(last);
};

/** An observable cannot be held back: a follower that is too far behind is told so and cut off. */
const sendObservable = (response: ServerResponse, items: Observable<unknown>): void => {
  const subscription = new Subscription();
  response.on('close', () => subscription.unsubscribe());
  const observer = {
    next: (item: unknown): void => {
      // A source that gives all it has at once cannot be stopped amid that.
      if (response.writableEnded) return;
      if (response.writableLength <= BACKLOG_BYTES) {
        response.write(line(item));
        return;
      }
      const message = `you are more than ${BACKLOG_BYTES} bytes behind`;
      response.end(failure({ code: 'FOLLOWER_TOO_SLOW', message }));
      setTimeout(() => response.destroy(), LAST_WORD_MS).unref();
      subscription.unsubscribe();
    },
    error: (error: unknown): void => void response.end(failure(error)),
    complete: (): void => {
      if (!response.writableEnded) response.end(END);
    },
  };
  subscription.add(items.subscribe(observer));
};

/**
 * Answers with server-sent events: one `data:` line of JSON an item, `event: end` when there are no more and
 * `event: error` with `{code, message, hint}` when something failed.
 */
export const streamEvents = (
  response: ServerResponse,
  source: Observable<unknown> | AsyncIterable<unknown>,
): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  if (isObservable(source)) sendObservable(response, source);
  else void sendIterable(response, source);
};

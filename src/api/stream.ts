import { from, type Observable, type Subscription } from 'rxjs';

/** Items that a follower may be behind before it is cut off. */
const BACKLOG = 10_000;

const isObservable = (source: object): source is Observable<unknown> => 'subscribe' in source;

/**
 * Server-sent events: one `data:` line of JSON an item, `event: end` when there are no more and
 * `event: error` with `{code, message, hint}` when something failed. An iterable is read as fast as the
 * follower does; an observable cannot be held back, so a follower that is too far behind is cut off.
 */
export const eventStream = (source: Observable<unknown> | AsyncIterable<unknown>): Response => {
  const encoder = new TextEncoder();
  const line = (item: unknown) => encoder.encode(`data: ${JSON.stringify(item)}\n\n`);
  const failure = (error: unknown) => {
    const {
      code = 'INTERNAL',
      message = String(error),
      hint = 'ask again',
    } = error as { code?: string; message?: string; hint?: string };
    return encoder.encode(`event: error\ndata: ${JSON.stringify({ code, message, hint })}\n\n`);
  };
  const end = encoder.encode('event: end\ndata: {}\n\n');
  let subscription: Subscription | undefined;
  const iterator = isObservable(source) ? null : source[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (!isObservable(source)) return;
        const finish = (last: Uint8Array) => {
          controller.enqueue(last);
          controller.close();
          subscription?.unsubscribe();
        };
        subscription = from(source).subscribe({
          next: (item) => {
            if ((controller.desiredSize ?? 0) <= 0) {
              const message = `you are more than ${BACKLOG} items behind`;
              finish(failure({ code: 'FOLLOWER_TOO_SLOW', message }));
            } else controller.enqueue(line(item));
          },
          error: (error) => finish(failure(error)),
          complete: () => finish(end),
        });
      },
      async pull(controller) {
        if (!iterator) return;
        try {
          const { done, value } = await iterator.next();
          controller.enqueue(done ? end : line(value));
          if (done) controller.close();
        } catch (error) {
          controller.enqueue(failure(error));
          controller.close();
        }
      },
      async cancel() {
        subscription?.unsubscribe();
        await iterator?.return?.();
      },
    },
    { highWaterMark: iterator ? 64 : BACKLOG },
  );
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    },
  });
};

import type { Observable, Subscription } from 'rxjs';
import type { Recorded } from '../domain/event.js';
import { seq } from '../domain/ids.js';
import type { EventLog } from '../log/event-log.js';

/** Events that are read at once: nothing of the log is held open while a follower thinks. */
const PAGE = 256;

export interface Follow {
  /** Exclusive; the end of the log when it is left out. */
  readonly after?: number | undefined;
  readonly process?: number | undefined;
  readonly runKey?: string | undefined;
}

/** Tells that there is more, even when it was told while nobody listened. */
class Sign {
  readonly #subscription: Subscription;
  #raised = false;
  #closed = false;
  #wake = (): void => {};

  constructor(source$: Observable<unknown>) {
    this.#subscription = source$.subscribe(() => this.#raise());
  }

  #raise(): void {
    this.#raised = true;
    this.#wake();
  }

  /** Resolves with true when it was raised since the last time, with false when nobody waits any more. */
  async next(): Promise<boolean> {
    if (!this.#raised && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#raised = false;
    return !this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#subscription.unsubscribe();
    this.#wake();
  }
}

const readPage = async (log: EventLog, after: number): Promise<readonly Recorded[]> => {
  const page: Recorded[] = [];
  if (after >= log.head().seq) return page;
  for await (const event of log.read({ after: seq(after), limit: PAGE })) page.push(event);
  return page;
};

const matches = ({ data, runKey }: Recorded, query: Follow): boolean =>
  (query.process === undefined || ('process' in data && data.process === query.process)) &&
  (query.runKey === undefined || runKey === query.runKey);

async function* read(log: EventLog, sign: Sign, query: Follow): AsyncGenerator<Recorded> {
  let last = query.after ?? log.head().seq;
  do {
    for (let page = await readPage(log, last); page.length > 0; page = await readPage(log, last)) {
      for (const event of page) {
        last = event.seq;
        if (matches(event, query)) yield event;
      }
    }
  } while (await sign.next());
}

/**
 * Events after a seq, those in the log and those to come, each once and in order, as fast as they are asked
 * for: the log itself is what keeps them for a follower that is slow. Ends when its iterator is returned.
 */
export const followEvents = (
  log: EventLog,
  recorded$: Observable<unknown>,
  query: Follow,
): AsyncIterable<Recorded> => ({
  [Symbol.asyncIterator]: () => {
    const sign = new Sign(recorded$);
    const events = read(log, sign, query);
    return {
      next: () => events.next(),
      return: () => {
        sign.close();
        return events.return(undefined);
      },
    };
  },
});

import type { Recorded } from '../domain/event.js';
import { type Seq, seq } from '../domain/ids.js';
import { decode } from './codec.js';
import type { EventLog } from './event-log.js';
import { genesis, hashOf } from './level-log.js';

/** Something that is not as it was written. */
export interface ChainProblem {
  readonly seq: Seq;
  readonly kind: 'gap' | 'hash' | 'head' | 'decode';
  readonly message: string;
}

export interface Link {
  /** Null when it cannot be read. */
  readonly event: Recorded | null;
  readonly problems: readonly ChainProblem[];
}

/**
 * Walks the whole log, each event with what is wrong with it: a hash that does not fit shows that the event
 * before it was edited, a gap that one was cut out. Goes on after a problem.
 */
export async function* walkChain(log: EventLog): AsyncGenerator<Link> {
  let expected = seq(1);
  let hash: string | null = genesis(log.home());
  for await (const { seq: at, text } of log.stored()) {
    const problems: ChainProblem[] = [];
    if (at !== expected) {
      const message = `events ${expected} to ${at - 1} are missing`;
      problems.push({ seq: at, kind: 'gap', message });
      hash = null;
    }
    let event: Recorded | null = null;
    try {
      const stored = decode(at, text);
      event = stored.event;
      if (hash !== null && stored.prev !== hash) {
        const message = `event ${at - 1} is not what event ${at} was chained to: it was altered`;
        problems.push({ seq: seq(at - 1), kind: 'hash', message });
      }
    } catch (error) {
      problems.push({
        seq: at,
        kind: 'decode',
        message: (error as Error).message,
      });
    }
    yield { event, problems };
    hash = hashOf(text);
    expected = seq(at + 1);
  }
  const head = log.head();
  if (expected - 1 !== head.seq || (hash !== null && hash !== head.hash)) {
    const message = `the log ends at event ${expected - 1}, and its head does not agree`;
    yield { event: null, problems: [{ seq: head.seq, kind: 'head', message }] };
  }
}

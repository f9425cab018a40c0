import type { Recorded } from '../domain/event.js';
import { type Seq, seq } from '../domain/ids.js';
import { decode } from './codec.js';
import type { Head, StoredEvent } from './event-log.js';
import { hashOf } from './hash.js';

/** Something that is not as it was written. */
export interface ChainProblem {
  readonly seq: Seq;
  /** `hash`: the event was altered. `gap`: what comes before it is missing. `anchor`: what was kept is not what it was. */
  readonly kind: 'gap' | 'hash' | 'head' | 'decode' | 'anchor';
  readonly message: string;
}

const NONE: readonly ChainProblem[] = [];

const gap = (at: Seq, expected: Seq): ChainProblem => {
  const missing =
    at === expected + 1 ? `event ${expected} is` : `events ${expected} to ${at - 1} are`;
  return { seq: at, kind: 'gap', message: `${missing} missing` };
};

const altered = (at: Seq): ChainProblem => {
  const message = `event ${at - 1} is not what event ${at} was chained to: it was altered`;
  return { seq: seq(at - 1), kind: 'hash', message };
};

/**
 * Why an event does not follow the last one, or null. A null hash: what comes before it is not known, so that anything
 * fits. Called for every event, so that it is given no objects.
 */
export const unchained = (
  last: Seq,
  hash: string | null,
  at: Seq,
  prev: string | null,
): ChainProblem | null => {
  const expected = seq(last + 1);
  if (at !== expected) return gap(at, expected);
  return hash !== null && prev !== hash ? altered(at) : null;
};

export interface Link {
  /** Null when it cannot be read. */
  readonly event: Recorded | null;
  readonly problems: readonly ChainProblem[];
}

/**
 * Walks a log, event by event: a hash that does not fit shows that the event before it was edited, a gap that one
 * was cut out. Goes on after a problem.
 */
export class Chain {
  #last: Seq;
  /** Null behind a gap: whatever comes next has nothing to fit to. */
  #hash: string | null;

  /** `before` is what the first event is chained to. */
  constructor(before: Head) {
    this.#last = before.seq;
    this.#hash = before.hash;
  }

  /** Takes the next event. */
  take({ seq: at, text }: StoredEvent): Link {
    let event: Recorded | null = null;
    let unread: ChainProblem | null = null;
    // What cannot be read may have fitted.
    let prev = this.#hash;
    try {
      ({ event, prev } = decode(at, text));
    } catch (error) {
      unread = { seq: at, kind: 'decode', message: (error as Error).message };
    }
    const broken = unchained(this.#last, this.#hash, at, prev);
    const problems =
      broken || unread ? [broken, unread].filter((problem) => problem !== null) : NONE;
    this.#hash = hashOf(text);
    this.#last = at;
    return { event, problems };
  }

  /** Holds the end of the walk against the head record. */
  end(head: Head): ChainProblem | null {
    if (this.#last === head.seq && (this.#hash === null || this.#hash === head.hash)) return null;
    const message = `the log ends at event ${this.#last}, and its head does not agree`;
    return { seq: head.seq, kind: 'head', message };
  }
}

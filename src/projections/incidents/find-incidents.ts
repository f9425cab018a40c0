import type { Recorded } from '../../domain/event.js';
import type { RequestKey, Seq } from '../../domain/ids.js';
import type { Beginning } from '../beginning.js';
import { RunHistory } from '../run-history.js';
import type { Mark } from '../run-record.js';
import { clockJumps } from './clock.js';
import { endedStrays, overlappingRuns, sharedPrograms } from './doubled.js';
import { type Detector, type Incident, RARE_EVENTS, type RareEvent } from './incident.js';
import {
  joinedRestores,
  repeatedRequests,
  retriedLaunches,
  suppressedDuplicates,
} from './prevented.js';
import { crashLoops, flapping } from './restarting.js';
import { lostRuns, orphans, takeovers } from './takeovers.js';

const DETECTORS: readonly Detector[] = [
  suppressedDuplicates,
  repeatedRequests,
  joinedRestores,
  retriedLaunches,
  takeovers,
  lostRuns,
  orphans,
  endedStrays,
  overlappingRuns,
  sharedPrograms,
  crashLoops,
  flapping,
  clockJumps,
];

const rareTypes: ReadonlySet<string> = new Set(RARE_EVENTS);
const isRare = (event: Recorded): event is RareEvent => rareTypes.has(event.type);

/** What was looked at, and what was found in it, in order of first event. */
export interface Incidents {
  readonly events: number;
  readonly first: Mark | null;
  readonly last: Mark | null;
  readonly incidents: readonly Incident[];
}

/** Finds duplicate starts and their relatives in a history. */
export class IncidentFinder {
  readonly history: RunHistory;
  readonly #isThere: (seq: Seq) => boolean;
  readonly #rare: RareEvent[] = [];
  readonly #asked = new Map<RequestKey, Mark>();
  #events = 0;

  /** Begins with how things stood before the first event; null where nothing was before. */
  constructor(beginning: Beginning | null = null) {
    this.history = new RunHistory(beginning);
    this.#isThere = (seq) =>
      beginning === null || seq > beginning.dropped || beginning.kept.includes(seq);
  }

  /** Takes the next event, in order of seq. */
  observe(event: Recorded): void {
    this.#events += 1;
    this.history.observe(event);
    if (isRare(event)) this.#rare.push(event);
    const { seq, at, request } = event;
    if (request && !this.#asked.has(request.key)) this.#asked.set(request.key, { seq, at });
  }

  /** Those of whose proofs at least one is recent enough. */
  found(isRecent: (mark: Mark) => boolean = () => true): Incidents {
    const past = { history: this.history, rare: this.#rare, asked: this.#asked };
    const incidents = DETECTORS.flatMap((detect) => detect(past))
      .map((incident) => ({ ...incident, seqs: incident.seqs.filter(this.#isThere) }))
      .filter(({ seqs, to }) => isRecent({ seq: seqs.at(-1)!, at: to }))
      .sort((a, b) => a.seqs[0]! - b.seqs[0]!);
    const { first, last } = this.history;
    return { events: this.#events, first, last, incidents };
  }
}

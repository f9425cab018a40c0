import type { Recorded } from '../domain/event.js';
import { evolve } from '../domain/evolve.js';
import type { State } from '../domain/state.js';

/** Events between two states that are kept, so that going back is no replay from the beginning. */
const CHECKPOINT_EVERY = 100;

/** A stretch of history that can be stepped through in both directions. Nothing is performed: it is a fold. */
export class Playback {
  readonly events: readonly Recorded[];
  readonly #checkpoints: State[];
  #position = 0;
  #state: State;

  constructor(base: State, events: readonly Recorded[]) {
    this.events = events;
    this.#state = base;
    this.#checkpoints = [base];
  }

  /** How many of the events have happened. */
  get position(): number {
    return this.#position;
  }

  /** How things stood then. */
  get state(): State {
    return this.#state;
  }

  /** What happened last; undefined at the beginning. */
  get event(): Recorded | undefined {
    return this.events[this.#position - 1];
  }

  /** What happens next; undefined at the end. */
  get next(): Recorded | undefined {
    return this.events[this.#position];
  }

  /** Goes to a position, or as far as there is something. */
  moveTo(wanted: number): void {
    const target = Math.min(this.events.length, Math.max(0, wanted));
    if (target < this.#position) {
      const index = Math.floor(target / CHECKPOINT_EVERY);
      this.#position = index * CHECKPOINT_EVERY;
      this.#state = this.#checkpoints[index] as State;
    }
    while (this.#position < target) {
      const end = (Math.floor(this.#position / CHECKPOINT_EVERY) + 1) * CHECKPOINT_EVERY;
      const until = Math.min(target, end);
      this.#state = evolve(this.#state, this.events.slice(this.#position, until));
      this.#position = until;
      if (until === end) this.#checkpoints[end / CHECKPOINT_EVERY] ??= this.#state;
    }
  }
}

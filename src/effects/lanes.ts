import type { Recorded } from '../domain/event.js';
import type { RunKey, SpawnKey } from '../domain/ids.js';
import type { Lane } from './effect.js';

/** Events after which a launch is no longer under way. */
const arrivals: ReadonlySet<Recorded['type']> = new Set<Recorded['type']>([
  'ProcessStarted',
  'ProcessAdopted',
  'ProcessExited',
  'ProcessLost',
  'SpawnFailed',
  'SpawnAbandoned',
  'DuplicateSuppressed',
]);

/**
 * Holds launches of a restore run back while as many as its concurrency allows are under way: from the
 * launch to the record of what became of it.
 */
export class Lanes {
  readonly #underWay = new Map<SpawnKey, RunKey>();
  #waiting: {
    readonly key: SpawnKey;
    readonly lane: Lane;
    readonly go: () => void;
  }[] = [];

  /** Calls `go` as soon as the lane has room. */
  enter(key: SpawnKey, lane: Lane | null, go: () => void): void {
    if (!lane || lane.concurrency === 0) {
      go();
      return;
    }
    this.#waiting.push({ key, lane, go });
    this.#advance();
  }

  /** Notes what was recorded, and lets the next ones go. A run that was closed meanwhile is not launched any more. */
  observe(events: readonly Recorded[]): void {
    for (const event of events) {
      if (!arrivals.has(event.type) || !('spawnKey' in event.data)) continue;
      const { spawnKey } = event.data;
      this.#underWay.delete(spawnKey);
      this.#waiting = this.#waiting.filter(({ key }) => key !== spawnKey);
    }
    this.#advance();
  }

  #advance(): void {
    for (let i = 0; i < this.#waiting.length; ) {
      const { key, lane, go } = this.#waiting[i]!;
      const busy = [...this.#underWay.values()].filter((run) => run === lane.runKey).length;
      if (busy >= lane.concurrency) {
        i += 1;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#underWay.set(key, lane.runKey);
      go();
    }
  }
}

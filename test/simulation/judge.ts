import type { SpawnKey } from '../../src/domain/ids.js';
import { processOfSpawnKey } from '../../src/domain/ids.js';
import type { Proc, RunOf } from './kernel.js';

/** A promise of opm that was broken. */
export interface Violation {
  readonly rule: string;
  readonly detail: string;
}

/** Watches what happens to the machine, and holds it against what opm promises at every moment. */
export class Judge {
  violation: Violation | null = null;
  readonly #intents = new Set<string>();
  readonly #closed = new Set<string>();
  readonly #performed = new Set<SpawnKey>();

  violated(rule: string, detail: string): void {
    this.violation ??= { rule, detail };
  }

  /** A batch has reached the disk. */
  written(changes: readonly (readonly [string, string | null])[]): void {
    for (const [key, text] of changes) {
      if (!key.startsWith('e')) continue;
      const [, type, spawnKey] =
        /^\["(SpawnRequested|SpawnAbandoned|SpawnFailed|ProcessLost)".*\[\d+,"(\d+-\d+-[\w-]+)"/.exec(
          text ?? '',
        ) ?? [];
      if (!spawnKey) continue;
      if (type === 'SpawnRequested') this.#intents.add(spawnKey);
      else this.#closed.add(spawnKey);
    }
  }

  /** The daemon asks for a launch. */
  launches(key: SpawnKey): void {
    if (this.#intents.has(key)) return;
    this.violated('intent before effect', `${key} is launched and no intent of it is on the disk`);
  }

  /** A launcher has executed the program of its key; these are alive now. */
  performs({ key, slot }: RunOf, procs: Iterable<Proc>): void {
    if (this.#performed.has(key))
      this.violated('a spawn key is performed at most once', `${key} is performed a second time`);
    if (this.#closed.has(key))
      this.violated('a closed run never begins', `${key} is performed after all`);
    this.#performed.add(key);
    const living = [...procs].filter(({ role, run }) => role === 'program' && run?.slot === slot);
    if (living.length <= 1) return;
    const who = living.map(({ pid, run }) => `pid ${pid} of ${run?.key}`).join(' and ');
    this.violated('at most one living program per process', `process ${slot} has ${who}`);
  }

  signalled(target: Proc, signal: string, by: number): void {
    const isOurs = target.run !== undefined;
    if (isOurs || by === target.pid) return;
    const who = `pid ${target.pid}, a ${target.role}`;
    this.violated('only what is ours is signalled', `${who}, got ${signal}`);
  }
}

export const slotOf = (key: SpawnKey): RunOf | null => {
  const slot = processOfSpawnKey(key);
  return slot === null ? null : { slot, key };
};

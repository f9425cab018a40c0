import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Violation } from './judge.js';
import type { Item } from './scenario.js';

/** What a worker does: `first + offset`, then every `step`th up to `first + count`; or one seed's smallest story. */
export type Order =
  | {
      readonly is: 'play';
      readonly first: number;
      readonly count: number;
      readonly step: number;
      readonly offset: number;
    }
  | { readonly is: 'tell'; readonly seed: number };

/** How one seed went. */
export interface Played {
  readonly seed: number;
  readonly violation: Violation | null;
  readonly events: number;
}

/** A failing seed, with everything left out that it does not take. */
export interface Told {
  readonly items: readonly Item[];
  readonly violation: Violation | null;
  readonly story: string;
}

export interface Fleet {
  readonly first: number;
  readonly count: number;
  /** How many workers; as many as the machine has processors when it is left out. */
  readonly workers?: number;
  /** Whether the first failure of one worker is enough. */
  readonly oneIsEnough?: boolean;
  readonly progress?: (played: number) => void;
}

export interface Campaign {
  readonly played: number;
  readonly events: number;
  /** The first seed of each worker that broke a promise, lowest first. */
  readonly failed: readonly Played[];
}

/** Plays seeds in workers, each up to its first failure; an error that nobody caught is one too. */
export const playSeeds = async (bundle: string, fleet: Fleet): Promise<Campaign> => {
  const { first, count, workers = availableParallelism(), oneIsEnough, progress } = fleet;
  let [played, events] = [0, 0];
  const failed: Played[] = [];
  const hired: Worker[] = [];
  const fail = (told: Played): void => {
    failed.push(told);
    if (oneIsEnough) for (const worker of hired) void worker.terminate();
  };
  const crew = Array.from({ length: Math.min(workers, count) }, (_, offset) => {
    const step = Math.min(workers, count);
    const workerData: Order = { is: 'play', first, count, step, offset };
    const worker = new Worker(bundle, { workerData });
    hired.push(worker);
    let seed = first + offset;
    worker.on('message', (told: Played) => {
      played += 1;
      events += told.events;
      seed = told.seed + step;
      if (told.violation) fail(told);
      progress?.(played);
    });
    return new Promise<void>((resolve) => {
      worker.on('error', (error) => {
        const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
        fail({ seed, violation: { rule: 'nothing is thrown', detail }, events: 0 });
      });
      worker.on('exit', () => resolve());
    });
  });
  await Promise.all(crew);
  failed.sort((one, other) => one.seed - other.seed);
  return { played, events, failed };
};

/** The smallest story of a failing seed. */
export const tellSeed = (bundle: string, seed: number): Promise<Told> =>
  new Promise((resolve, reject) => {
    const workerData: Order = { is: 'tell', seed };
    const worker = new Worker(bundle, { workerData });
    worker.on('message', resolve);
    worker.on('error', reject);
  });

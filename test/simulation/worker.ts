import { parentPort, workerData } from 'node:worker_threads';
import type { Order, Played, Told } from './fleet.js';
import { scenarioOf } from './scenario.js';
import { shrink } from './shrink.js';
import { simulate } from './simulation.js';

/* Plays its share of the seeds up to the first that breaks a promise, or tells the smallest story of one. */

const order = workerData as Order;

const play = async ({ first, count, step, offset }: Extract<Order, { is: 'play' }>) => {
  for (let i = offset; i < count; i += step) {
    const { violation, events } = await simulate(scenarioOf(first + i));
    parentPort?.postMessage({ seed: first + i, violation, events } satisfies Played);
    if (violation) break;
  }
};

const tell = async (seed: number) => {
  const { scenario, result } = await shrink(scenarioOf(seed));
  const { items } = scenario;
  const { violation, story } = result;
  parentPort?.postMessage({ items, violation, story: story.brief } satisfies Told);
};

await (order.is === 'play' ? play(order) : tell(order.seed));

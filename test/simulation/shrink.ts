import type { Item, Scenario } from './scenario.js';
import { type Result, simulate } from './simulation.js';

/** Plays of ever smaller scenarios before it is good enough. */
const MAX_PLAYS = 600;

/** A small scenario that breaks the same promise, and how it goes. */
export interface Shrunk {
  readonly scenario: Scenario;
  readonly result: Result;
}

/** Leaves things out of a failing scenario, many at a time and then one by one, as long as it fails the same way. */
export const shrink = async (scenario: Scenario): Promise<Shrunk> => {
  const rule = (await simulate(scenario)).violation?.rule;
  let [smallest, plays] = [scenario, 0];
  const failsWith = async (items: readonly Item[]): Promise<boolean> => {
    plays += 1;
    const result = await simulate({ ...scenario, items });
    return result.violation?.rule === rule;
  };
  for (let size = Math.ceil(scenario.items.length / 2); size >= 1 && plays < MAX_PLAYS; ) {
    const before = smallest.items.length;
    for (let at = 0; at < smallest.items.length && plays < MAX_PLAYS; ) {
      const items = smallest.items.toSpliced(at, size);
      if (await failsWith(items)) smallest = { ...scenario, items };
      else at += size;
    }
    if (size === 1 && smallest.items.length === before) break;
    size = Math.max(1, Math.floor(size / 2));
  }
  return { scenario: smallest, result: await simulate(smallest, true) };
};

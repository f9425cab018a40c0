import { setTimeout as pause } from 'node:timers/promises';

const INTERVAL_MS = 10;

type Truthy<T> = Exclude<T, null | undefined | false | 0 | ''>;

/**
 * Asks again and again until the answer is truthy and resolves with it; rejects at the deadline, naming what
 * was waited for. A probe that throws counts as "not yet", and what it threw last is the cause.
 */
export const eventually = async <T>(
  what: string,
  probe: () => T | Promise<T>,
  deadlineMs = 10_000,
  intervalMs = INTERVAL_MS,
): Promise<Truthy<T>> => {
  const deadline = Date.now() + deadlineMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer as Truthy<T>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause });
    await pause(intervalMs);
  }
};

import type { RestartPolicy } from './app.js';

const BACKOFF_FACTOR = 1.5;

/** What a process's past says about its next restart. */
export interface Past {
  readonly failures: readonly number[];
  readonly streak: number;
}

/** A run that has ended by itself. Times in epoch ms and ms. */
export interface EndedRun {
  readonly endedAt: number;
  readonly uptimeMs: number;
  /** What its program exited with, or null when it did not. */
  readonly code: number | null;
}

export type Verdict =
  | { readonly do: 'nothing' }
  | { readonly do: 'give-up'; readonly failures: number }
  | {
      readonly do: 'restart';
      readonly delayMs: number;
      readonly failures: number;
    };

type Uptime = Pick<EndedRun, 'endedAt' | 'uptimeMs'>;

/** Ends of unstable runs that still count at the end of this one, this one included if unstable. */
export const failuresAfter = (policy: RestartPolicy, past: Past, run: Uptime): number[] => {
  const unstable = run.uptimeMs < policy.minUptimeMs;
  // What seems to lie ahead is of a clock that was set back since.
  const recent = past.failures.filter((at) => Math.abs(run.endedAt - at) < policy.restartWindowMs);
  return unstable ? [...recent, run.endedAt] : recent;
};

/** Restarts in a row after this run: a stable run starts the count anew. */
export const streakAfter = (policy: RestartPolicy, past: Past, run: Uptime): number =>
  run.uptimeMs < policy.minUptimeMs ? past.streak + 1 : 1;

/** Pause before the nth restart in a row (n counts from 1). */
export const restartDelay = (policy: RestartPolicy, streak: number): number => {
  if (policy.backoffInitialMs === 0) return policy.restartDelayMs;
  const grown = policy.backoffInitialMs * BACKOFF_FACTOR ** (streak - 1);
  return Math.max(policy.restartDelayMs, Math.round(Math.min(grown, policy.backoffCapMs)));
};

/**
 * What to do about a run that ended by itself. `maxRestarts` unstable runs within the window are
 * answered with a restart each; the next one is given up.
 */
export const judge = (policy: RestartPolicy, past: Past, run: EndedRun): Verdict => {
  if (policy.autorestart === 'never') return { do: 'nothing' };
  if (policy.autorestart === 'on-failure' && run.code === 0) return { do: 'nothing' };
  if (run.code !== null && policy.stopExitCodes.includes(run.code)) return { do: 'nothing' };
  const failures = failuresAfter(policy, past, run).length;
  if (failures > policy.maxRestarts) return { do: 'give-up', failures };
  return {
    do: 'restart',
    failures,
    delayMs: restartDelay(policy, streakAfter(policy, past, run)),
  };
};

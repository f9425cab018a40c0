import type { EventType } from '../domain/event.js';

/**
 * The steps from old stored data to new, by event type: step 0 turns version 1 into version 2, and so on. The newest
 * version of a type is one more than its steps, so a change of `event-shapes.ts` and its step belong together. A step
 * works on the stored form (lists, see `record`) and is never changed after its release.
 */
export type Upcasts = {
  readonly [T in EventType]?: readonly ((stored: unknown) => unknown)[];
};

/** Adds a field at the end of the data. */
const append =
  (value: unknown) =>
  (stored: unknown): unknown =>
    Array.isArray(stored) ? [...stored, value] : stored;

/** AppDefined 2: an environment in layers, more of both policies, and room for others. */
const defineInLayers = (stored: unknown): unknown => {
  const [app] = stored as [unknown[]];
  const [name, namespace, command, cwd, env, instances, restart, stop] = app;
  const [autorestart, ...restarts] = restart as [boolean, ...number[]];
  const layers = [env, false, [], {}, [], {}, [], 'NODE_APP_INSTANCE', null];
  const restart2 = [autorestart ? 'always' : 'never', ...restarts, 15_000, []];
  const stop2 = [...(stop as unknown[]), 50, false];
  return [[name, namespace, command, cwd, layers, instances, true, restart2, stop2, {}, null]];
};

/** Every change of an event type since format 1. */
export const UPCASTS: Upcasts = {
  AppDefined: [defineInLayers],
  // outputFrom, outputTo: places in the logs, which launchers did not write down.
  ProcessStarted: [append(null)],
  ProcessAdopted: [append(null)],
  ProcessExited: [append(null)],
  // intervalMs: how often it was measured.
  MemoryExceeded: [append(null)],
};

/** The version in which a type is written today. */
export const newestVersion = (type: EventType, upcasts: Upcasts): number =>
  (upcasts[type]?.length ?? 0) + 1;

/** Stored data of an old version as the newest has it. */
export const upcast = (
  type: EventType,
  version: number,
  stored: unknown,
  upcasts: Upcasts,
): unknown => {
  const steps = upcasts[type] ?? [];
  return version > steps.length
    ? stored
    : steps.slice(version - 1).reduce((data, step) => step(data), stored);
};

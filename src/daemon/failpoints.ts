import type { EventType } from '../domain/event.js';
import type { Append } from '../log/event-log.js';
import type { SupervisorDeps } from './supervisor.js';

type Moment = 'before' | 'after';

/** A step: before or after events of these types are written, or something is done to the system. */
type Step =
  | { readonly moment: Moment; readonly writes: readonly EventType[]; readonly restore?: boolean }
  | {
      readonly moment: Moment;
      readonly does: 'launch' | 'signal' | 'kill' | 'fence';
      readonly restore?: boolean;
    };

const ENDS = ['ProcessExited', 'ProcessLost', 'SpawnAbandoned', 'SpawnFailed'] as const;

/** The numbered steps of the protocols, see docs/failpoints.md. `restore` narrows to runs of a restore, or to others. */
const STEPS = {
  'start-1': { moment: 'before', writes: ['SpawnRequested'], restore: false },
  'start-2': { moment: 'after', writes: ['SpawnRequested'], restore: false },
  'start-3': { moment: 'before', does: 'launch', restore: false },
  'start-4': { moment: 'after', does: 'launch', restore: false },
  'start-5': { moment: 'before', writes: ['ProcessStarted'], restore: false },
  'start-6': { moment: 'after', writes: ['ProcessStarted'], restore: false },
  'stop-1': { moment: 'before', writes: ['StopRequested'] },
  'stop-2': { moment: 'after', writes: ['StopRequested'] },
  'stop-3': { moment: 'after', does: 'signal' },
  'stop-4': { moment: 'before', writes: ['StopEscalated'] },
  'stop-5': { moment: 'after', writes: ['StopEscalated'] },
  'stop-6': { moment: 'after', does: 'kill' },
  'stop-7': { moment: 'before', writes: ENDS },
  'stop-8': { moment: 'after', writes: ENDS },
  'restore-1': { moment: 'before', writes: ['RestoreRequested'] },
  'restore-2': { moment: 'after', writes: ['RestoreRequested'] },
  'restore-3': { moment: 'before', does: 'launch', restore: true },
  'restore-4': { moment: 'after', does: 'launch', restore: true },
  'restore-5': { moment: 'before', writes: ['ProcessStarted'], restore: true },
  'restore-6': { moment: 'after', writes: ['ProcessStarted'], restore: true },
  'restore-7': { moment: 'before', writes: ['RestoreCompleted'] },
  'restore-8': { moment: 'after', writes: ['RestoreCompleted'] },
  'recover-1': { moment: 'before', writes: ['DaemonStarted'] },
  'recover-2': { moment: 'after', writes: ['DaemonStarted'] },
  'recover-3': { moment: 'before', does: 'fence' },
  'recover-4': { moment: 'after', does: 'fence' },
  'recover-5': { moment: 'before', writes: ['ProcessAdopted'] },
  'recover-6': { moment: 'after', writes: ['ProcessAdopted'] },
} as const satisfies Record<string, Step>;

export const FAILPOINTS = Object.keys(STEPS) as readonly (keyof typeof STEPS)[];

/** Where a daemon dies, as `OPM_FAILPOINT` says it: a step, and the how manieth time that it is passed. */
export interface Failpoint {
  readonly name: string;
  readonly step: Step;
  readonly pass: number;
}

/** A value of OPM_FAILPOINT that means nothing. */
export class FailpointError extends Error {
  override readonly name = 'FailpointError';
  readonly code = 'BAD_FAILPOINT';
  readonly hint =
    `one of ${FAILPOINTS.join(', ')}; with :N behind it at the Nth time that it is passed`;
}

/**
 * Reads OPM_FAILPOINT: `restore-3`, or `restore-3:7` for the seventh pass. Null when it is unset.
 *
 * @throws FailpointError for anything else.
 */
export const readFailpoint = (text: string | undefined): Failpoint | null => {
  if (text === undefined) return null;
  const [, name, pass = '1'] = /^([a-z]+-\d+)(?::([1-9]\d{0,8}))?$/.exec(text) ?? [];
  if (name === undefined || !Object.hasOwn(STEPS, name))
    throw new FailpointError(`OPM_FAILPOINT: there is no failpoint "${text}"`);
  return { name, step: STEPS[name as keyof typeof STEPS], pass: Number(pass) };
};

type World = Pick<SupervisorDeps, 'log' | 'os' | 'launcher'>;

/** Counts passes of one step, and dies at the last: nothing runs behind it. */
class Trap {
  readonly #step: Step;
  readonly #die: () => void;
  /** Keys of runs that a restore opened. */
  readonly #restored = new Set<string>();
  #left: number;

  constructor({ step, pass }: Failpoint, die: () => void) {
    this.#step = step;
    this.#left = pass;
    this.#die = die;
  }

  writes(moment: Moment, { events }: Append): void {
    const step = this.#step;
    for (const { type, data, runKey } of events) {
      if (type === 'SpawnRequested' && runKey !== null) this.#restored.add(data.spawnKey);
      if (step.moment !== moment || !('writes' in step) || !step.writes.includes(type)) continue;
      if (step.restore === undefined || step.restore === (runKey !== null)) this.#pass();
    }
  }

  does(moment: Moment, what: 'signal' | 'kill' | 'fence' | 'launch', key?: string): void {
    const step = this.#step;
    if (step.moment !== moment || !('does' in step) || step.does !== what) return;
    if (step.restore === undefined || step.restore === this.#restored.has(key ?? '')) this.#pass();
  }

  #pass(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#die();
  }
}

/** The world with a trap in it, for whoever wants to see a daemon die at an exact step. */
export const trapped = (world: World, failpoint: Failpoint, die: () => void): World => {
  const { log, os, launcher } = world;
  const trap = new Trap(failpoint, die);
  const around = <T>(
    what: 'signal' | 'kill' | 'fence' | 'launch',
    act: () => T,
    key?: string,
  ): T => {
    trap.does('before', what, key);
    const result = act();
    trap.does('after', what, key);
    return result;
  };
  // The log has private fields: its other methods must run on itself.
  const trappedLog = new Proxy(log, {
    get: (target, name) => {
      if (name === 'append')
        return async (append: Append) => {
          trap.writes('before', append);
          const recorded = await target.append(append);
          trap.writes('after', append);
          return recorded;
        };
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    log: trappedLog,
    os: {
      ...os,
      fence: (key, now) => around('fence', () => os.fence(key, now)),
      signal: (process, signal) => around('signal', () => os.signal(process, signal)),
      signalGroup: (leader, signal) => around('signal', () => os.signalGroup(leader, signal)),
      killTree: (run) => around('kill', () => os.killTree(run)),
    },
    launcher: {
      ...launcher,
      spawner: {
        launch: (spec) => around('launch', () => launcher.spawner.launch(spec), spec.tag),
      },
    },
  };
};

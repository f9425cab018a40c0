import { type App, DEFAULT_RESTART, DEFAULT_STOP } from '../../src/domain/app.js';
import { app } from '../support/given.js';
import { Dice } from './chance.js';
import type { DeathAt } from './life.js';
import { scriptOf, TEMPERS, type Temper } from './programs.js';

type TargetVerb = 'start' | 'stop' | 'restart' | 'reload' | 'delete' | 'reset';

/** What a client asks for. */
export type Ask =
  | { readonly verb: 'run'; readonly app: number; readonly existing: 'refuse' | 'start' }
  | { readonly verb: TargetVerb; readonly target: string }
  | { readonly verb: 'signal'; readonly target: string; readonly signal: string }
  | {
      readonly verb: 'scale';
      readonly target: string;
      readonly kind: 'to' | 'by';
      readonly count: number;
    }
  | { readonly verb: 'save'; readonly label: string }
  | {
      readonly verb: 'restore';
      readonly label: string | null;
      readonly atomic: boolean;
      readonly concurrency: number;
    }
  | { readonly verb: 'kill' };

/** What goes wrong. `nth` chooses among those that there are then. */
export type Fault =
  | { readonly is: 'daemon killed' }
  | ({ readonly is: 'daemon killed at call'; readonly life: number } & DeathAt)
  | { readonly is: 'daemon stopped' }
  | { readonly is: 'daemon stalled'; readonly ms: number }
  | { readonly is: 'launcher killed'; readonly nth: number }
  | { readonly is: 'program killed'; readonly nth: number }
  | { readonly is: 'spawn server killed' }
  /** What is launched in the next moments begins so much later. */
  | { readonly is: 'launchers late'; readonly ms: number }
  | { readonly is: 'clock set'; readonly byMs: number }
  | { readonly is: 'new epoch' }
  /** As a new epoch, and of what was not synced this share is lost. */
  | { readonly is: 'power lost'; readonly share: number };

export type Item = { readonly at: number } & (
  | {
      readonly ask: Ask;
      /** Idempotency key. */
      readonly key: string;
      /** Asks again under the same key so long after the answer, as a client does that lost it. */
      readonly againMs: number | null;
    }
  | { readonly fault: Fault }
);

/** A whole run of the simulation: everything that is not decided by chance on the way. */
export interface Scenario {
  readonly seed: number;
  readonly apps: readonly App[];
  readonly items: readonly Item[];
}

const NAMES = ['a', 'b', 'c'];
const SPAN_MS = 9000;

const appOf = (dice: Dice, name: string): App => {
  const temper: Temper = dice.happens(0.4) ? 'steady' : dice.pick(TEMPERS);
  return app(name, {
    command: { ...app(name).command, script: scriptOf(temper) },
    instances: dice.pick([1, 1, 1, 2]),
    restart: {
      ...DEFAULT_RESTART,
      autorestart: dice.pick(['always', 'always', 'always', 'on-failure', 'never']),
      maxRestarts: dice.pick([1, 3, 6]),
      minUptimeMs: dice.pick([100, 400]),
      restartDelayMs: dice.pick([0, 0, 100]),
      backoffInitialMs: dice.pick([0, 0, 50]),
    },
    stop: {
      ...DEFAULT_STOP,
      killTimeoutMs: dice.pick([50, 300, 1000]),
      // A program that hides and owns no tree is lost with its launcher: docs/simulation.md tells of it.
      treekill: dice.happens(0.95) || temper === 'hiding',
    },
  });
};

const VERBS = {
  run: 22,
  start: 10,
  stop: 14,
  restart: 14,
  reload: 7,
  delete: 8,
  scale: 8,
  restore: 14,
  save: 3,
  signal: 3,
  reset: 1,
  kill: 3,
} satisfies Record<Ask['verb'], number>;

const askOf = (dice: Dice): Ask => {
  const verb = dice.weighted(VERBS);
  const target = dice.happens(0.2) ? 'all' : dice.pick(NAMES);
  switch (verb) {
    case 'run':
      return { verb, app: dice.below(NAMES.length), existing: dice.pick(['refuse', 'start']) };
    case 'start':
    case 'stop':
    case 'restart':
    case 'reload':
    case 'delete':
    case 'reset':
      return { verb, target };
    case 'signal':
      return { verb, target, signal: dice.pick(['SIGHUP', 'SIGTERM']) };
    case 'scale': {
      const kind = dice.pick(['to', 'by'] as const);
      const count = kind === 'to' ? dice.pick([1, 2, 3]) : dice.pick([-1, 1]);
      return { verb, target: dice.pick(NAMES), kind, count };
    }
    case 'save':
      return { verb, label: dice.pick(['x', 'y']) };
    case 'restore': {
      const label = dice.happens(0.15) ? dice.pick(['x', 'y']) : null;
      return { verb, label, atomic: dice.happens(0.2), concurrency: dice.pick([0, 0, 1, 2]) };
    }
    case 'kill':
      return { verb };
  }
};

const FAULTS = {
  'daemon killed at call': 30,
  'daemon killed': 15,
  'daemon stopped': 6,
  'daemon stalled': 5,
  'launcher killed': 10,
  'program killed': 10,
  'spawn server killed': 3,
  'launchers late': 12,
  'clock set': 5,
  'new epoch': 5,
  'power lost': 6,
} satisfies Record<Fault['is'], number>;

/** Most lives are short of calls, and most of what is interesting happens early in them. */
const deathOf = (dice: Dice) => ({
  life: 1 + dice.below(4),
  call: 1 + Math.floor(150 * dice.roll() ** 2),
  when: dice.pick(['before', 'after'] as const),
});

const faultOf = (dice: Dice): Fault => {
  const is = dice.weighted(FAULTS);
  switch (is) {
    case 'daemon killed at call':
      return { is, ...deathOf(dice) };
    case 'daemon stalled':
    case 'launchers late':
      return { is, ms: 1 + dice.below(3000) };
    case 'launcher killed':
    case 'program killed':
      return { is, nth: dice.below(8) };
    case 'clock set':
      return { is, byMs: dice.pick([-600_000, -5000, -500, 500, 5000, 600_000, 86_400_000]) };
    case 'power lost':
      return { is, share: dice.roll() };
    case 'daemon killed':
    case 'daemon stopped':
    case 'spawn server killed':
    case 'new epoch':
      return { is };
  }
};

/** Things come in bursts: half of them close to the one before. */
const moments = (dice: Dice, count: number): number[] => {
  let at = 0;
  return Array.from({ length: count }, () => {
    at = dice.happens(0.5) ? at + dice.below(40) : dice.below(SPAN_MS);
    return at;
  });
};

/** The scenario of a seed; always the same. */
export const scenarioOf = (seed: number): Scenario => {
  const dice = new Dice(seed);
  const apps = NAMES.map((name) => appOf(dice, name));
  const first: Item = {
    at: 0,
    ask: { verb: 'run', app: 0, existing: 'start' },
    key: 'k-0',
    againMs: null,
  };
  const asks = moments(dice, 3 + dice.below(14)).map((at, i): Item => {
    // Now and then two requests meet under one key.
    const key = `k${dice.happens(0.04) ? 0 : i + 1}`;
    const againMs = dice.happens(0.25) ? dice.below(2000) : null;
    return { at, ask: askOf(dice), key, againMs };
  });
  const faults = moments(dice, dice.below(9)).map((at): Item => ({ at, fault: faultOf(dice) }));
  return { seed, apps, items: [first, ...asks, ...faults].sort((a, b) => a.at - b.at) };
};

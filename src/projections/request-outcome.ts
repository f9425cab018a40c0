import {
  concat,
  EMPTY,
  map,
  type Observable,
  of,
  type SchedulerLike,
  switchMap,
  takeWhile,
  timer,
} from 'rxjs';
import { owedBy } from '../domain/decide-reload.js';
import { hopelessReason } from '../domain/dependency.js';
import type { ProcessId, RunKey } from '../domain/ids.js';
import { endingCause, type Process, type State } from '../domain/state.js';

/** What a request waits for. */
export type Goal =
  | { readonly kind: 'up'; readonly holdMs: number }
  | { readonly kind: 'down' }
  /** No open run, whatever is wanted. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'restored'; readonly runKey: RunKey };

export interface Progress {
  readonly settled: number;
  readonly total: number;
}

/** As below, for a process that is to come up: it is up and ready, or it will not be by itself. */
const settlesUpIn = (
  state: State,
  process: Process,
  holdMs: number,
  now: number,
): number | null => {
  const { phase, leaving } = process;
  if (leaving) return process.wanted === 'up' ? null : 0;
  switch (phase.is) {
    case 'launching':
      return null;
    case 'stopping':
      return process.wanted === 'up' ? null : 0;
    case 'blocked':
      return hopelessReason(state, process) === null ? null : 0;
    case 'online':
      if (phase.ready.is === 'awaited') return null;
      if (phase.ready.is === 'overdue') return 0;
      return Math.max(0, phase.started.startedAt + holdMs - now);
    case 'stopped':
    case 'waiting':
    case 'errored':
      return 0;
  }
};

/** Ms until this process counts as settled; 0 when it does, null while that is not foreseeable. */
const settlesIn = (
  state: State,
  process: Process | undefined,
  goal: Goal,
  now: number,
): number | null => {
  if (!process) return 0;
  const ending = endingCause(process) !== null;
  switch (goal.kind) {
    case 'up': {
      const hasItsTurn = state.reloads.some((reload) => owedBy(reload).includes(process.id));
      return hasItsTurn ? null : settlesUpIn(state, process, goal.holdMs, now);
    }
    case 'down':
      return ending && process.wanted === 'down' ? null : 0;
    case 'stopped':
      return ending ? null : 0;
    case 'gone':
      return null;
    case 'restored':
      return settlesUpIn(state, process, 0, now);
  }
};

interface Reading extends Progress {
  readonly done: boolean;
  /** When to look again though nothing was recorded. */
  readonly againInMs: number | null;
}

const read = (state: State, ids: readonly ProcessId[], goal: Goal, now: number): Reading => {
  const waits = ids.map((id) => settlesIn(state, state.processes.get(id), goal, now));
  const settled = waits.filter((wait) => wait === 0).length;
  const open = goal.kind === 'restored' && state.restore?.runKey === goal.runKey;
  const soon = waits.filter((wait) => wait !== null && wait > 0) as number[];
  const done = goal.kind === 'restored' ? !open : settled === ids.length;
  return {
    settled,
    total: ids.length,
    done,
    againInMs: soon.length > 0 ? Math.max(...soon) : null,
  };
};

/**
 * Emits how many processes of a request have settled, and completes when all have: up and stayed up,
 * failed, down, or gone, as the goal says.
 */
export const requestOutcome = (
  state$: Observable<State>,
  ids: readonly ProcessId[],
  goal: Goal,
  scheduler: SchedulerLike,
): Observable<Progress> =>
  state$.pipe(
    switchMap((state) => {
      const look = (): Observable<Reading> => {
        const reading = read(state, ids, goal, scheduler.now());
        const { againInMs } = reading;
        const later =
          againInMs === null ? EMPTY : timer(againInMs, scheduler).pipe(switchMap(look));
        return concat(of(reading), later);
      };
      return look();
    }),
    takeWhile((reading) => !reading.done, true),
    map(({ settled, total }) => ({ settled, total })),
  );

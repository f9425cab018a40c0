import type { Decision } from './decision.js';
import type { SpawnReason } from './event.js';
import type { Seq } from './ids.js';
import type { Process } from './state.js';

/**
 * What a request does to one process, whatever state it is in. The last accepted request wins: it
 * sets what is wanted, and when the open run is closed that is what is looked at.
 */

/** Wanted up from now on; opens a run unless one is open already. */
export const bringUp = (decision: Decision, process: Process, reason: SpawnReason = 'start') => {
  if (process.deleting) return;
  decision.want(process.id, 'up');
  const { phase } = process;
  switch (phase.is) {
    case 'launching':
    case 'online':
      return;
    case 'stopping':
      // As it is wanted up, a new run follows, except where the stop itself says that none does.
      if (phase.cause === 'rollback' || phase.cause === 'kill') {
        decision.stop(process.id, phase.run.key, 'restart');
      }
      return;
    case 'stopped':
    case 'waiting':
    case 'errored':
      decision.spawn(process.id, reason);
  }
};

/** Wanted down from now on; ends the open run. */
export const takeDown = (decision: Decision, process: Process): void => {
  decision.want(process.id, 'down');
  const { phase } = process;
  if (phase.is === 'launching' || phase.is === 'online') {
    decision.stop(process.id, phase.run.key, 'stop');
  }
};

/** Ends the open run, if any, and opens another. */
export const restart = (decision: Decision, process: Process): void => {
  const { phase } = process;
  const running = phase.is === 'launching' || phase.is === 'online';
  if (process.deleting || !running) {
    bringUp(decision, process, 'restart');
    return;
  }
  decision.want(process.id, 'up');
  decision.stop(process.id, phase.run.key, 'restart');
};

/** Gone for ever, once its run is closed. */
export const remove = (decision: Decision, process: Process, because: Seq | null = null): void => {
  if (process.deleting) return;
  const asked = decision.emit('DeleteRequested', { process: process.id }, { because });
  const { phase } = process;
  if (phase.is === 'launching' || phase.is === 'online') {
    decision.stop(process.id, phase.run.key, 'delete', { because: asked });
  } else if (phase.is !== 'stopping') {
    decision.emit('ProcessRemoved', { process: process.id }, { because: asked });
  }
};

/** Down for now, with what is wanted left as it is. */
export const suspend = (
  decision: Decision,
  process: Process,
  cause: 'kill' | 'rollback',
  because: Seq | null = null,
): void => {
  const { phase } = process;
  const ending = phase.is === 'stopping' && phase.cause === 'restart';
  if (phase.is === 'launching' || phase.is === 'online' || ending) {
    decision.stop(process.id, phase.run.key, cause, { because });
  } else if (phase.is === 'waiting') {
    decision.emit('RestartCancelled', { process: process.id }, { because });
  }
};

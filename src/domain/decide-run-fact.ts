import type { Decision } from './decision.js';
import type { ProcessId, Seq } from './ids.js';
import { spawnInTurn } from './lifecycle.js';
import type { RunFact } from './report.js';
import { judge } from './restart-policy.js';
import { appOf, endingCause, openRun, type Process, startedOf } from './state.js';

/** Pause before a slot that somebody else still holds is tried again. */
const SLOT_RETRY_MS = 1000;

interface Closed {
  /** The process as it was with its run open. */
  readonly before: Process;
  readonly closedBy: Seq;
  readonly endedAt: number;
  /** What the program exited with, if it did. */
  readonly code: number | null;
  /** Nothing ever ran under the key: no failure of the program. */
  readonly neverRan: boolean;
}

/** The end of a run by itself: the restart policy decides. */
const afterOwnEnd = (decision: Decision, closed: Closed): void => {
  const { before, closedBy, endedAt } = closed;
  const { restart, policies } = appOf(decision.state, before);
  if (before.queued) {
    decision.spawn(before.id, 'schedule', { because: closedBy });
    return;
  }
  if (policies.schedule && restart.autorestart === 'always') return;
  const startedAt = startedOf(before)?.startedAt ?? endedAt;
  const uptimeMs = endedAt - startedAt;
  const verdict = judge(restart, before, { endedAt, uptimeMs, code: closed.code });
  const because = closedBy;
  switch (verdict.do) {
    case 'nothing':
      return;
    case 'give-up': {
      const { failures } = verdict;
      const data = {
        process: before.id,
        failures,
        windowMs: restart.restartWindowMs,
      };
      decision.emit('ProcessErrored', data, { because });
      return;
    }
    case 'restart': {
      const { delayMs, failures } = verdict;
      if (delayMs === 0) {
        decision.spawn(before.id, 'crash', { because });
        return;
      }
      const dueAt = decision.now + delayMs;
      const { maxRestarts } = restart;
      const data = {
        process: before.id,
        dueAt,
        delayMs,
        failures,
        maxRestarts,
      };
      decision.emit('RestartScheduled', data, { because });
    }
  }
};

/** What follows when nothing of a run is left: gone, down, up again, or what the policy says. */
const afterClose = (decision: Decision, closed: Closed): void => {
  const { before, closedBy: because } = closed;
  const { id } = before;
  if (before.deleting) {
    decision.emit('ProcessRemoved', { process: id }, { because });
    return;
  }
  if (before.wanted === 'down') return;
  const cause = endingCause(before);
  if (cause !== null) {
    if (cause === 'rollback' || cause === 'kill') return;
    spawnInTurn(decision, id, cause === 'stop' || cause === 'delete' ? 'start' : cause, {
      because,
    });
    return;
  }
  if (closed.neverRan) {
    decision.spawn(id, 'retry', {
      because,
      runKey: openRun(before)?.runKey ?? null,
    });
    return;
  }
  afterOwnEnd(decision, closed);
};

/** After the end of an epoch nothing starts by itself, except what an open restore run still owes. */
const afterEpochEnded = (decision: Decision, before: Process, closedBy: Seq): void => {
  if (before.deleting) {
    decision.emit('ProcessRemoved', { process: before.id }, { because: closedBy });
    return;
  }
  const run = decision.state.restore;
  const member = run?.members.find(({ process }) => process === before.id);
  if (!run || !member || run.rollback || before.wanted === 'down') return;
  spawnInTurn(decision, before.id, 'retry', { because: closedBy, runKey: run.runKey });
};

const retrySlotLater = (decision: Decision, id: ProcessId, because: Seq): void => {
  const { maxRestarts } = appOf(decision.state, decision.process(id)).restart;
  const dueAt = decision.now + SLOT_RETRY_MS;
  const data = {
    process: id,
    dueAt,
    delayMs: SLOT_RETRY_MS,
    failures: 0,
    maxRestarts,
  };
  decision.emit('RestartScheduled', data, { because });
};

/** What one fact about the open run of a process means. */
export const decideRunFact = (decision: Decision, before: Process, fact: RunFact): void => {
  const { id, phase } = before;
  const run = openRun(before);
  if (!run) return;
  const { spawnKey } = fact;
  const because = phase.is === 'stopping' ? phase.seq : run.seq;
  const why = { because, runKey: run.runKey };
  const known = startedOf(before);
  switch (fact.kind) {
    case 'started': {
      if (known) return;
      const { program, launcher, startedAt, outputFrom = null } = fact;
      const data = { process: id, spawnKey, program, launcher, startedAt, outputFrom };
      decision.emit('ProcessStarted', data, { ...why, because: run.seq });
      return;
    }
    case 'adopted': {
      const { program, launcher, startedAt, outputFrom = null } = fact;
      const data = { process: id, spawnKey, program, launcher, startedAt, outputFrom };
      decision.emit('ProcessAdopted', data, { ...why, because: run.seq });
      return;
    }
    case 'ready': {
      if (phase.is !== 'online' || phase.ready.is === 'ready') return;
      const data = { process: id, spawnKey, readyAt: fact.readyAt };
      decision.emit('ProcessReady', data, { ...why, because: run.seq });
      return;
    }
    case 'ended': {
      const { exit, outputTo = null } = fact;
      const data = { process: id, spawnKey, exit, outputTo };
      const closedBy = decision.emit('ProcessExited', data, why);
      afterClose(decision, {
        before,
        closedBy,
        endedAt: exit.exitedAt,
        code: exit.code,
        neverRan: false,
      });
      return;
    }
    case 'failed': {
      const { stage, error } = fact;
      const closedBy = decision.emit('SpawnFailed', { process: id, spawnKey, stage, error }, why);
      afterClose(decision, {
        before,
        closedBy,
        endedAt: decision.now,
        code: null,
        neverRan: false,
      });
      return;
    }
    case 'lost': {
      const { reason } = fact;
      const closedBy = decision.emit('ProcessLost', { process: id, spawnKey, reason }, why);
      if (reason === 'epoch-ended') afterEpochEnded(decision, before, closedBy);
      else
        afterClose(decision, {
          before,
          closedBy,
          endedAt: decision.now,
          code: null,
          neverRan: false,
        });
      return;
    }
    case 'abandoned': {
      const closedBy = decision.emit('SpawnAbandoned', { process: id, spawnKey }, why);
      afterClose(decision, {
        before,
        closedBy,
        endedAt: decision.now,
        code: null,
        neverRan: true,
      });
      return;
    }
    case 'suppressed': {
      const data = { process: id, spawnKey, why: fact.why };
      const closedBy = decision.emit('DuplicateSuppressed', data, why);
      if (fact.why === 'key-taken') return;
      if (before.deleting || before.wanted === 'down' || phase.is === 'stopping') {
        afterClose(decision, {
          before,
          closedBy,
          endedAt: decision.now,
          code: null,
          neverRan: true,
        });
      } else retrySlotLater(decision, id, closedBy);
      return;
    }
  }
};

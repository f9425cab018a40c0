import type { App } from '../domain/app.js';
import type { Epoch, Seq } from '../domain/ids.js';
import { openRun, type Process, startedOf } from '../domain/state.js';
import type { RunDraft, SlotRecord } from './run-record.js';

/** What a part of a log begins with: how things stood after the event before it. */
export interface Beginning {
  /** The event before. */
  readonly seq: Seq;
  /** When that one was recorded, epoch ms. */
  readonly at: number;
  readonly epoch: Epoch | null;
  readonly infos: readonly { readonly process: Process; readonly app: App }[];
  /** Events up to this one were dropped from the log, except those of `kept`; 0 where it is whole. */
  readonly dropped: Seq;
  readonly kept: readonly Seq[];
}

/** The run that was open then. A state does not tell where its start stands in the log: its request stands for it. */
export const runThen = ({ process, app }: Beginning['infos'][number]): RunDraft | null => {
  const run = openRun(process);
  if (!run) return null;
  const { phase } = process;
  const started = startedOf(process);
  return {
    process: process.id,
    key: run.key,
    requested: { seq: run.seq, at: run.requestedAt, reason: run.reason, runKey: run.runKey },
    started: started && {
      seq: run.seq,
      at: started.startedAt,
      program: started.program,
      startedAt: started.startedAt,
      epoch: run.epoch,
    },
    adoptions: [],
    stop:
      phase.is === 'stopping'
        ? {
            seq: phase.seq,
            at: phase.deadlineAt - app.stop.killTimeoutMs,
            cause: phase.cause,
            signal: phase.signal,
            escalated: phase.escalated,
          }
        : null,
    end: null,
  };
};

/** A slot as it stood then, without its run. */
export const slotThen = ({ process }: Beginning['infos'][number]): SlotRecord => {
  const { id, app, wanted, phase } = process;
  const wait =
    phase.is === 'waiting'
      ? [{ seq: phase.seq, at: phase.dueAt - phase.delayMs, dueAt: phase.dueAt, over: null }]
      : [];
  return { id, app, created: null, removed: null, wanted, runs: [], waits: wait, erroneous: [] };
};

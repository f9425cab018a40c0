import type { ProcessId, Seq } from '../domain/ids.js';
import { launchFailure } from '../domain/reasons.js';
import type { RunHistory } from './run-history.js';
import {
  beganAt,
  closedAt,
  daemonName,
  isUnseen,
  type RunRecord,
  type SlotRecord,
} from './run-record.js';
import { lossInWords, reasonInWords, statusInWords } from './wording.js';

/** What can be marked on a lane, the most telling first: where two fall together that one is drawn. */
export const MARK_KINDS = [
  'gave-up',
  'lost',
  'failed',
  'not-run',
  'adopted',
  'restored',
  'ended',
  'started',
] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

export interface TimelineMark {
  readonly kind: MarkKind;
  /** Epoch ms. */
  readonly at: number;
  readonly seq: Seq;
  readonly text: string;
  readonly track: number;
}

/** The life of one program, or of one daemon. Epoch ms. */
export interface Bar {
  readonly from: number;
  /** Null while it lives. */
  readonly to: number | null;
  readonly text: string;
  /** Bars of one track never overlap: more than one track in a lane is an overlap. */
  readonly track: number;
}

export interface Lane {
  /** Null for the lane of the daemon. */
  readonly process: ProcessId | null;
  readonly name: string;
  readonly tracks: number;
  readonly bars: readonly Bar[];
  /** Pauses before a restart. */
  readonly waits: readonly { readonly from: number; readonly to: number }[];
  readonly marks: readonly TimelineMark[];
}

/** Lives of processes side by side, between two times (epoch ms). */
export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly lanes: readonly Lane[];
}

/** The first track that is free at a time; `ends` holds when each becomes so. */
const freeTrack = (ends: number[], from: number, to: number): number => {
  const free = ends.findIndex((end) => end <= from);
  const track = free === -1 ? ends.length : free;
  ends[track] = to;
  return track;
};

/** When the program of a run was last alive; null while it lives. */
const aliveUntil = (run: RunRecord): number | null =>
  run.end?.kind === 'lost' ? run.end.seenUntil : closedAt(run);

const endMark = (run: RunRecord, track: number): TimelineMark[] => {
  const { end, stop, key } = run;
  if (!end) return [];
  const mark = { seq: end.seq, track };
  switch (end.kind) {
    case 'exited': {
      const wasAsked = stop !== null || end.exit.code === 0;
      const text = `run ${key} ended: ${statusInWords(end.exit)}`;
      return [{ ...mark, kind: wasAsked ? 'ended' : 'failed', at: end.exit.exitedAt, text }];
    }
    case 'failed':
      return [{ ...mark, kind: 'failed', at: end.at, text: launchFailure(end) }];
    case 'lost':
      return [{ ...mark, kind: 'lost', at: end.seenUntil, text: lossInWords(end.reason) }];
    case 'abandoned':
    case 'refused': {
      const why = end.kind === 'refused' ? 'was refused by the kernel' : 'came to nothing';
      return [{ ...mark, kind: 'not-run', at: end.at, text: `run ${key} ${why}` }];
    }
  }
};

const runMarks = (run: RunRecord, track: number): TimelineMark[] => {
  const { requested, started, adoptions, key } = run;
  const reason = requested ? `: ${reasonInWords(requested.reason)}` : '';
  const begin = started && {
    kind: requested?.reason === 'restore' ? ('restored' as const) : ('started' as const),
    at: beganAt(run),
    seq: started.seq,
    text: `run ${key}, pid ${started.program.pid}${reason}`,
    track,
  };
  const taken = adoptions.map(({ seq, at, orphan }) => ({
    kind: 'adopted' as const,
    at,
    seq,
    text: `taken over alive${orphan ? ', without its launcher' : ''}`,
    track,
  }));
  return [...(begin ? [begin] : []), ...taken, ...endMark(run, track)];
};

const laneOf = (history: RunHistory, slot: SlotRecord): Lane => {
  const ends: number[] = [];
  const [bars, marks]: [Bar[], TimelineMark[]] = [[], []];
  for (const run of slot.runs) {
    const to = aliveUntil(run);
    const track = run.started ? freeTrack(ends, beganAt(run), to ?? Number.POSITIVE_INFINITY) : 0;
    if (run.started) {
      const text = `run ${run.key}, pid ${run.started.program.pid}`;
      bars.push({ from: beganAt(run), to, text, track });
    }
    marks.push(...runMarks(run, track));
  }
  const given = slot.erroneous.map(({ seq, at }) => ({
    kind: 'gave-up' as const,
    at,
    seq,
    text: 'given up by its restart policy',
    track: 0,
  }));
  const waits = slot.waits.map(({ at, dueAt, over }) => ({ from: at, to: over ?? dueAt }));
  const name = history.nameOf(slot.id);
  const tracks = Math.max(1, ends.length);
  return { process: slot.id, name, tracks, bars, waits, marks: [...marks, ...given] };
};

const daemonLane = (history: RunHistory): Lane => {
  const { daemons, restores } = history;
  const bars = daemons.map((life, index) => {
    const { started, stopped, lastSeen } = life;
    const isLast = index === daemons.length - 1;
    const to = stopped?.at ?? (isLast ? null : lastSeen.at);
    return { from: started.at, to, text: daemonName(life), track: 0 };
  });
  const lives = daemons.flatMap((life, index): TimelineMark[] => {
    const { started, stopped, lastSeen } = life;
    const name = daemonName(life);
    const begin = { kind: 'started' as const, text: `${name} began`, track: 0 };
    const isKnown = started.pid !== null;
    const marks: TimelineMark[] = isKnown ? [{ ...begin, seq: started.seq, at: started.at }] : [];
    if (stopped) {
      const text = `${name} stopped: ${stopped.reason}`;
      marks.push({ kind: 'ended', seq: stopped.seq, at: stopped.at, text, track: 0 });
    } else if (index < daemons.length - 1 && !isUnseen(life)) {
      const text = `${name} died without a word after this`;
      marks.push({ kind: 'lost', seq: lastSeen.seq, at: lastSeen.at, text, track: 0 });
    }
    return marks;
  });
  const restored = [...restores.values()].map(({ runKey, requested: { seq, at } }) => ({
    kind: 'restored' as const,
    at,
    seq,
    text: `restore ${runKey} was asked for`,
    track: 0,
  }));
  return {
    process: null,
    name: 'daemon',
    tracks: 1,
    bars,
    waits: [],
    marks: [...lives, ...restored],
  };
};

const isWithin = ({ bars, waits, marks }: Lane, from: number, to: number): boolean =>
  [...bars, ...waits].some((span) => span.from <= to && (span.to ?? to) >= from) ||
  marks.some(({ at }) => at >= from && at <= to);

/**
 * Draws up the lives of processes between two times, after a lane with the lives of the daemon. Lanes with nothing
 * in between are left out, unless they were asked for by id.
 */
export const timelineOf = (
  history: RunHistory,
  range: { readonly from: number; readonly to: number },
  ids: ReadonlySet<ProcessId> | null = null,
): Timeline => {
  const slots = [...history.slots.values()].sort((a, b) => a.id - b.id);
  const lanes = slots
    .filter(({ id }) => ids === null || ids.has(id))
    .map((slot) => laneOf(history, slot))
    .filter((lane) => ids !== null || isWithin(lane, range.from, range.to));
  return { ...range, lanes: [daemonLane(history), ...lanes] };
};

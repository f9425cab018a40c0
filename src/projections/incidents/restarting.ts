import { DEFAULT_RESTART } from '../../domain/app.js';
import type { RunHistory } from '../run-history.js';
import { beganAt, type Mark, type RunRecord, type SlotRecord } from '../run-record.js';
import { counted, spanned, statusInWords, tallied } from '../wording.js';
import { type Incident, inBursts, incidentOf, type Past } from './incident.js';

/** Unstable ends in a row that make a loop. */
const LOOP_ENDS = 3;
/** Stable runs that end by themselves this often, each within this time of the one before, are flapping. */
const FLAPPING_ENDS = 5;
const FLAPPING_GAP_MS = 15 * 60_000;

interface OwnEnd extends Mark {
  readonly run: RunRecord;
  readonly how: string;
  readonly uptimeMs: number;
}

/** How a run ended by itself; null when it was stopped, lost, or never ran. */
const ownEnd = (run: RunRecord): OwnEnd | null => {
  const { end, stop } = run;
  if (!end || stop) return null;
  if (end.kind === 'failed') return { ...end, run, how: end.error, uptimeMs: 0 };
  if (end.kind !== 'exited') return null;
  const { seq, at, exit } = end;
  return { seq, at, run, how: statusInWords(exit), uptimeMs: exit.exitedAt - beganAt(run) };
};

const minUptimeOf = (history: RunHistory, { app }: SlotRecord): number =>
  (app === null ? undefined : history.apps.get(app))?.restart.minUptimeMs ??
  DEFAULT_RESTART.minUptimeMs;

/** Opened because the one before ended, and not because somebody asked. */
const isByPolicy = ({ requested }: RunRecord): boolean =>
  requested?.reason === 'crash' || requested?.reason === 'retry';

interface Loop {
  readonly ends: OwnEnd[];
  /** Not null when it was given up. */
  readonly givenUp: Mark | null;
  /** The run that came after the last of the ends. */
  readonly next: RunRecord | undefined;
}

/** Unstable ends in a row: until a stable run, until it was given up, or until somebody started it anew. */
const loopsOf = (history: RunHistory, slot: SlotRecord): readonly Loop[] => {
  const limit = minUptimeOf(history, slot);
  const givenUps = new Map(slot.erroneous.map((mark) => [mark.seq as number, mark]));
  const loops: Loop[] = [];
  let ends: OwnEnd[] = [];
  const close = (givenUp: Mark | null, next: RunRecord | undefined): void => {
    if (ends.length >= LOOP_ENDS) loops.push({ ends, givenUp, next });
    ends = [];
  };
  for (const [index, run] of slot.runs.entries()) {
    if (!isByPolicy(run)) close(null, run);
    const end = ownEnd(run);
    if (end === null || end.uptimeMs >= limit) {
      close(null, run);
      continue;
    }
    ends.push(end);
    const givenUp = givenUps.get(end.seq + 1);
    if (givenUp) close(givenUp, slot.runs[index + 1]);
  }
  close(null, undefined);
  return loops;
};

const outcomeOf = ({ givenUp, next }: Loop, { wanted }: SlotRecord): string => {
  if (givenUp) return 'it was given up';
  if (next) return isByPolicy(next) ? 'then it stayed up' : 'then it was started anew';
  return wanted === 'up' ? 'it waits for its next restart' : 'then it was stopped';
};

const causesOf = (ends: readonly OwnEnd[]): string => tallied(ends.map(({ how }) => how));

/** Programs that end as soon as they are started, again and again. */
export const crashLoops = ({ history }: Past): Incident[] =>
  [...history.slots.values()].flatMap((slot) =>
    loopsOf(history, slot).map((loop) => {
      const { ends, givenUp, next } = loop;
      const last = ends.at(-1)!;
      const span = spanned(last.at - ends[0]!.at);
      return incidentOf([...ends, ...(givenUp ? [givenUp] : [])], {
        kind: 'crash-loop',
        severity: givenUp || (!next && slot.wanted === 'up') ? 'trouble' : 'notice',
        processes: [slot.id],
        what: `${history.nameOf(slot.id)}: ended by itself ${counted(ends.length, 'time')} in a row within ${span}, each sooner than ${spanned(minUptimeOf(history, slot))} after its start (${causesOf(ends)}); ${outcomeOf(loop, slot)}`,
        advice: `read its error log (\`opm logs ${slot.id}\`)${givenUp ? `, mend the cause, then \`opm restart ${slot.id}\`` : ''}`,
      });
    }),
  );

/** Programs that last long enough to count as stable, but end again and again. */
export const flapping = ({ history }: Past): Incident[] =>
  [...history.slots.values()].flatMap((slot) => {
    const limit = minUptimeOf(history, slot);
    const ends = slot.runs
      .filter(isByPolicy)
      .map(ownEnd)
      .filter((end): end is OwnEnd => end !== null && end.uptimeMs >= limit);
    return inBursts(ends, () => slot.id, FLAPPING_GAP_MS)
      .filter(({ length }) => length >= FLAPPING_ENDS)
      .map((burst) =>
        incidentOf(burst, {
          kind: 'flapping',
          severity: 'notice',
          processes: [slot.id],
          what: `${history.nameOf(slot.id)}: ended by itself ${burst.length} times within ${spanned(burst.at(-1)!.at - burst[0]!.at)}, though each run was stable (${causesOf(burst)})`,
          advice: `stable ends never add up to \`errored\`: read its log (\`opm logs ${slot.id}\`), or raise --min-uptime so that they count`,
        }),
      );
  });

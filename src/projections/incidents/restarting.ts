import { DEFAULT_RESTART } from '../../domain/app.js';
import type { RunHistory } from '../run-history.js';
import { beganAt, type Mark, type RunRecord, type SlotRecord } from '../run-record.js';
import { counted, spanned, statusInWords } from '../wording.js';
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

const givenUpAfter = ({ erroneous }: SlotRecord, end: OwnEnd): Mark | undefined =>
  erroneous.find(({ seq }) => seq === end.seq + 1);

/** Unstable ends in a row: until a stable run, until it was given up, or until somebody started it anew. */
const loopsOf = (history: RunHistory, slot: SlotRecord): readonly (readonly OwnEnd[])[] => {
  const limit = minUptimeOf(history, slot);
  const loops: OwnEnd[][] = [[]];
  for (const run of slot.runs) {
    const end = ownEnd(run);
    if (!isByPolicy(run)) loops.push([]);
    const isUnstable = end !== null && end.uptimeMs < limit;
    if (isUnstable) loops.at(-1)?.push(end);
    if (run.end !== null && (!isUnstable || givenUpAfter(slot, end))) loops.push([]);
  }
  return loops.filter(({ length }) => length >= LOOP_ENDS);
};

const causesOf = (ends: readonly OwnEnd[]): string => {
  const counts = new Map<string, number>();
  for (const { how } of ends) counts.set(how, (counts.get(how) ?? 0) + 1);
  return [...counts]
    .map(([how, count]) => (count === ends.length ? how : `${how} (${count} times)`))
    .join(', ');
};

/** Programs that end as soon as they are started, again and again. */
export const crashLoops = ({ history }: Past): Incident[] =>
  [...history.slots.values()].flatMap((slot) =>
    loopsOf(history, slot).map((ends) => {
      const last = ends.at(-1)!;
      const givenUp = givenUpAfter(slot, last);
      const after = slot.runs.find(({ requested }) => (requested?.seq ?? 0) > last.seq);
      const outcome = givenUp
        ? 'it was given up'
        : after
          ? 'then it stayed up'
          : 'it waits for its next restart';
      const span = spanned(last.at - ends[0]!.at);
      return incidentOf([...ends, ...(givenUp ? [givenUp] : [])], {
        kind: 'crash-loop',
        severity: givenUp || !after ? 'trouble' : 'notice',
        processes: [slot.id],
        what: `${history.nameOf(slot.id)}: ended by itself ${counted(ends.length, 'time')} in a row within ${span}, each sooner than ${spanned(minUptimeOf(history, slot))} after its start (${causesOf(ends)}); ${outcome}`,
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

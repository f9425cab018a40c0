import type { RunRecord } from '../run-record.js';
import { spanned } from '../wording.js';
import { type Incident, inBursts, incidentOf, type Past } from './incident.js';

const BURST_GAP_MS = 60_000;

/** When the first of two runs of one slot was closed after the second had begun; ms, or null. */
const overlapMs = (first: RunRecord, second: RunRecord): number | null => {
  const [end, began] = [first.end, second.requested];
  if (!began) return null;
  if (!end) return Number.POSITIVE_INFINITY;
  if (began.seq < end.seq) return Math.max(0, end.at - began.at);
  // The clock was set back between them: their times of day say nothing.
  if (began.at < end.at) return null;
  if (end.kind !== 'exited' || !second.started) return null;
  const overlap = end.exit.closedAt - second.started.startedAt;
  return overlap > 0 ? overlap : null;
};

/** Two runs of one process that were open, or alive, at the same time. */
export const overlappingRuns = ({ history }: Past): Incident[] =>
  [...history.slots.values()].flatMap(({ id, runs }) =>
    runs.slice(1).flatMap((second, index) => {
      const first = runs[index] as RunRecord;
      const overlap = overlapMs(first, second);
      if (overlap === null) return [];
      const proofs = [first.requested, first.end, second.requested, second.started];
      const span = Number.isFinite(overlap) ? `for ${spanned(overlap)}` : 'and never was closed';
      return incidentOf(
        proofs.filter((mark) => mark !== null),
        {
          kind: 'runs-overlap',
          severity: 'trouble',
          processes: [id],
          what: `${history.nameOf(id)}: run ${first.key} was still open when run ${second.key} began, ${span}`,
          advice:
            'this breaks what opm promises: run `opm history audit`, keep the log (`opm report`) and tell its authors',
        },
      );
    }),
  );

/** One program of the operating system that two runs call theirs. */
export const sharedPrograms = ({ history }: Past): Incident[] => {
  const owners = new Map<string, RunRecord>();
  return [...history.runs].flatMap((run) => {
    if (!run.started) return [];
    const { pid, startTicks } = run.started.program;
    const identity = `${run.started.epoch} ${pid} ${startTicks}`;
    const owner = owners.get(identity);
    if (!owner) {
      owners.set(identity, run);
      return [];
    }
    return incidentOf([owner.started!, run.started], {
      kind: 'program-shared',
      severity: 'trouble',
      processes: [...new Set([owner.process, run.process])],
      what: `pid ${pid} is recorded as the program of run ${owner.key} and of run ${run.key}`,
      advice: 'this breaks what opm promises: run `opm history audit` and keep the log',
    });
  });
};

/** What was alive though its run was closed, and was killed. */
export const endedStrays = ({ history, rare }: Past): Incident[] =>
  inBursts(
    rare.filter((event) => event.type === 'StrayEnded'),
    ({ data }) => data.spawnKey,
    BURST_GAP_MS,
  ).map((burst) => {
    const { process, spawnKey } = burst[0]!.data;
    const end = history.run(spawnKey)?.end;
    const pids = burst.map(({ data }) => data.program.pid).join(', ');
    const after = end ? `, ${spanned(burst[0]!.at - end.at)} after its run was closed` : '';
    return incidentOf([...(end ? [end] : []), ...burst], {
      kind: 'stray-ended',
      severity: 'trouble',
      processes: [process],
      what: `${history.nameOf(process)}: pid ${pids} of run ${spawnKey} was found alive and killed${after}`,
      advice: `a suspect of a duplicate start: see what ran meanwhile (\`opm history timeline ${process}\`) and what it leaves behind when it ends`,
    });
  });

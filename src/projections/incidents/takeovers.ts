import type { ProcessId } from '../../domain/ids.js';
import { type DaemonLife, daemonName, isUnseen, type Mark, type RunRecord } from '../run-record.js';
import { counted, lossInWords, spanned } from '../wording.js';
import { type Incident, incidentOf, type Past } from './incident.js';

interface Owned extends Mark {
  readonly process: ProcessId;
}

const adoptionsOf = (runs: readonly RunRecord[]): (Owned & { readonly orphan: boolean })[] =>
  runs.flatMap(({ process, adoptions }) => adoptions.map((mark) => ({ ...mark, process })));

const epochLossesOf = (runs: readonly RunRecord[]): Owned[] =>
  runs.flatMap(({ process, end }) =>
    end?.kind === 'lost' && end.reason === 'epoch-ended' ? [{ ...end, process }] : [],
  );

const during = <T extends Mark>(marks: readonly T[], from: number, to: number): readonly T[] =>
  marks.filter(({ seq }) => seq >= from && seq < to);

/** Every daemon that took over from another: how that one ended, and what came of its programs. */
export const takeovers = ({ history }: Past): Incident[] => {
  const runs = [...history.runs];
  const [adoptions, losses] = [adoptionsOf(runs), epochLossesOf(runs)];
  return history.daemons.slice(1).flatMap((life, index) => {
    const before = history.daemons[index] as DaemonLife;
    const next = history.daemons[index + 2]?.started.seq ?? Number.POSITIVE_INFINITY;
    const adopted = during(adoptions, life.started.seq, next);
    const lost = during(losses, life.started.seq, next);
    const proofs = [before.stopped ?? before.lastSeen, life.started];
    const gap = spanned(life.started.at - (before.stopped ?? before.lastSeen).at);
    if (life.started.epoch !== before.started.epoch) {
      return incidentOf([...proofs, ...lost], {
        kind: 'new-epoch',
        severity: 'notice',
        processes: lost.map(({ process }) => process),
        what: `the machine or container began a new life (epoch ${life.started.epoch}) ${gap} after the last event of the old one: ${counted(lost.length, 'run')} ended with it, and nothing was started by itself`,
        advice:
          '`opm restore` brings up what is wanted up; `opm daemon run --restore` does so at every boot',
      });
    }
    if (isUnseen(before)) return [];
    const taken = `${counted(adopted.length, 'program')} taken over alive`;
    const processes = adopted.map(({ process }) => process);
    if (before.stopped === null) {
      return incidentOf([...proofs, ...adopted], {
        kind: 'daemon-died',
        severity: 'notice',
        processes,
        what: `${daemonName(before)} died without a word; ${daemonName(life)} began ${gap} after its last event, with ${taken}`,
        advice:
          'the programs went on untouched; `daemon.log` in the home and the kernel log (out of memory?) may tell what ended it',
      });
    }
    if (adopted.length === 0) return [];
    return incidentOf([...proofs, ...adopted], {
      kind: 'daemon-replaced',
      severity: 'prevented',
      processes,
      what: `${daemonName(life)} followed ${daemonName(before)}, which had stopped (${before.stopped.reason}), with ${taken}`,
      advice: 'nothing: same pids, no restart',
    });
  });
};

/** Runs whose end nobody saw, though their epoch went on. */
export const lostRuns = ({ history }: Past): Incident[] =>
  [...history.runs].flatMap((run) => {
    const { end, requested, process, key } = run;
    if (end?.kind !== 'lost' || end.reason === 'epoch-ended') return [];
    return incidentOf(requested ? [requested, end] : [end], {
      kind: 'run-lost',
      severity: 'trouble',
      processes: [process],
      what: `${history.nameOf(process)}: run ${key} was lost: ${lossInWords(end.reason)}`,
      advice:
        'how it ended is not known; look for who killed its launcher (the kernel log, if it was the out-of-memory killer)',
    });
  });

/** Programs that went on without their launcher. */
export const orphans = ({ history }: Past): Incident[] =>
  adoptionsOf([...history.runs])
    .filter(({ orphan }) => orphan)
    .map((mark) =>
      incidentOf([mark], {
        kind: 'orphan-adopted',
        severity: 'trouble',
        processes: [mark.process],
        what: `${history.nameOf(mark.process)}: its launcher was gone while its program lived; the program was taken over`,
        advice: `no second copy was started, but nobody will know its exit code: \`opm restart ${mark.process}\` when it suits`,
      }),
    );

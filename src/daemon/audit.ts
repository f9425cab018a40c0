import type { AuditReport } from '../api/routes.js';
import type { Recorded } from '../domain/event.js';
import type { Seq } from '../domain/ids.js';
import { initialState, openRun, type State, startedOf } from '../domain/state.js';
import { beginningOf, checkKept, digestOf } from '../log/anchor.js';
import { Chain, type ChainProblem } from '../log/chain.js';
import type { Anchor, EventLog } from '../log/event-log.js';
import { findMarked } from '../platform/marked.js';
import { isSame } from '../platform/proc.js';
import { Audit } from '../projections/audit.js';
import { decodeState } from './snapshot.js';

type Finding = AuditReport['problems'][number];

const findingOf = ({ seq, kind, message }: ChainProblem): Finding => ({
  seqs: [seq],
  what: kind,
  message,
});

/** Which anchor the log recorded last, of those that it may rest on. */
const isAttested = (event: Recorded, digest: string | null): boolean =>
  event.type === 'HistoryPruned' && event.data.anchor === digest;

const auditOnce = async (log: EventLog, anchor: Anchor | null): Promise<AuditReport> => {
  const head = log.head();
  const kept = anchor && (await log.keptState(anchor.seq));
  const problems = (await checkKept(log)).map(findingOf);
  const audit = new Audit(kept ? decodeState(kept) : initialState);
  const beginning = beginningOf(log);
  const chain = new Chain(beginning);
  const digest = anchor && digestOf(anchor);
  let attested = digest === null;
  for await (const some of log.stored(beginning.seq, head.seq)) {
    for (const stored of some) {
      const { event, problems: broken } = chain.take(stored);
      for (const problem of broken) problems.push(findingOf(problem));
      if (!event) continue;
      attested ||= isAttested(event, digest);
      audit.observe(event);
    }
  }
  const end = chain.end(head);
  if (end) problems.push(findingOf(end));
  if (anchor && !attested) {
    const message = `no event records that the log was cut at event ${anchor.seq}`;
    problems.push({ seqs: [anchor.seq], what: 'anchor', message });
  }
  for await (const record of log.requests())
    if ((record.last ?? 0) <= head.seq) audit.observeRequest(record);
  for (const { seqs, invariant, message } of audit.problems)
    problems.push({ seqs, what: invariant, message });
  const since = anchor ? anchor.seq + 1 : 1;
  return { ...audit.counts, since, head: head.hash, live: false, problems };
};

/** The whole log: its chain from its beginning or from where it was cut, and the invariants of every history. */
export const auditLog = async (log: EventLog): Promise<AuditReport> => {
  for (;;) {
    const anchor = log.anchor();
    const report = await auditOnce(log, anchor);
    // What it was held against may have been dropped meanwhile.
    if (log.anchor() === anchor) return report;
  }
};

/** What a live home's log says against what the operating system says. */
export const auditLive = (home: string, state: State): readonly Finding[] => {
  const findings: Finding[] = [];
  const open = new Set<string>();
  for (const process of state.processes.values()) {
    const run = openRun(process);
    const program = startedOf(process)?.program;
    if (run) open.add(run.key);
    if (run && program && process.phase.is === 'online' && !isSame(program)) {
      const message = `process ${process.id} is online in the log, but pid ${program.pid} is not its program`;
      findings.push({
        seqs: [run.seq] as Seq[],
        what: 'log and kernel agree',
        message,
      });
    }
  }
  for (const [key, { programs }] of findMarked(home)) {
    if (open.has(key) || programs.length === 0) continue;
    const pids = programs.map(({ pid }) => pid).join(', ');
    const message = `pid ${pids} carries key ${key}, which no open run accounts for`;
    findings.push({ seqs: [], what: 'log and kernel agree', message });
  }
  return findings;
};

import type { AuditReport } from '../api/routes.js';
import { type Seq, seq } from '../domain/ids.js';
import { openRun, type State, startedOf } from '../domain/state.js';
import { Chain, type ChainProblem } from '../log/chain.js';
import type { EventLog } from '../log/event-log.js';
import { genesis } from '../log/hash.js';
import { findMarked } from '../platform/marked.js';
import { isSame } from '../platform/proc.js';
import { Audit } from '../projections/audit.js';

type Finding = AuditReport['problems'][number];

/** The whole log: its chain, and the invariants of every history. */
export const auditLog = async (log: EventLog): Promise<AuditReport> => {
  const audit = new Audit();
  const problems: Finding[] = [];
  const found = ({ seq, kind, message }: ChainProblem): void => {
    problems.push({ seqs: [seq], what: kind, message });
  };
  const chain = new Chain({ seq: seq(0), hash: genesis(log.home()) });
  const head = log.head();
  for await (const some of log.stored(head.seq)) {
    for (const stored of some) {
      const link = chain.take(stored);
      link.problems.forEach(found);
      if (link.event) audit.observe(link.event);
    }
  }
  const end = chain.end(head);
  if (end) found(end);
  for await (const record of log.requests())
    if ((record.last ?? 0) <= head.seq) audit.observeRequest(record);
  for (const { seqs, invariant, message } of audit.problems) {
    problems.push({ seqs, what: invariant, message });
  }
  return { ...audit.counts, head: head.hash, live: false, problems };
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

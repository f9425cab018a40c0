import type { AuditReport } from '../api/routes.js';
import type { Client } from '../client/client.js';

/** Checks the log of a home: by its daemon, which looks at the living programs too, or from the log alone. */
export const readAudit = async (client: Client): Promise<AuditReport> => {
  const answer = await client.ask('GET /v1/audit', {});
  if (answer) return answer;
  const { openLogForReading } = await import('../log/open.js');
  const { auditLog } = await import('../daemon/audit.js');
  const log = await openLogForReading(client.paths.log);
  try {
    return await auditLog(log);
  } finally {
    await log.close();
  }
};

/** What was found, and how much was looked at. */
export const auditLines = (report: AuditReport): readonly string[] => {
  const { events, since, runs, keys, requests, restores, problems } = report;
  const found = problems.map(
    ({ seqs, what, message }) =>
      `${what}: ${message}${seqs.length > 0 ? ` (seq ${seqs.join(', ')})` : ''}`,
  );
  const cut = `events before ${since} were dropped; what follows rests on them`;
  const live = report.live ? ', and the living programs' : '';
  const count = problems.length;
  const verdict = count === 0 ? 'all well' : `${count} ${count === 1 ? 'problem' : 'problems'}`;
  return [
    ...found,
    ...(since > 1 ? [cut] : []),
    `checked ${events} events, ${runs} runs, ${keys} spawn keys, ${requests} requests, ${restores} restores${live}: ${verdict}`,
  ];
};

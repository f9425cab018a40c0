import { OpmCommand } from '../../cli/base-command.js';

export default class HistoryAudit extends OpmCommand {
  static override summary = 'Prove that the log is whole and that opm kept its promises';
  static override description =
    'Checks the hash chain, that no process ever had two open runs, that each spawn key was performed at most once, that every effect has its intent and every request one outcome; with a daemon also the log against the operating system. Says how much of each it looked at. Exit code 1 and the seqs when something is wrong.';
  static override examples = [
    '<%= config.bin %> history audit',
    '<%= config.bin %> history audit --json --home /mnt/dead/.opm',
  ];

  async run() {
    const { flags } = await this.parse(HistoryAudit);
    const client = this.client(flags);
    const report =
      (await client.ask('GET /v1/audit', {})) ?? (await this.#offline(client.paths.log));
    for (const { seqs, what, message } of report.problems) {
      this.log(`${what}: ${message}${seqs.length > 0 ? ` (seq ${seqs.join(', ')})` : ''}`);
    }
    const verdict =
      report.problems.length === 0 ? 'all well' : `${report.problems.length} problems`;
    const { events, since, runs, keys, requests, restores } = report;
    if (since > 1) this.log(`events before ${since} were dropped; what follows rests on them`);
    const live = report.live ? ', and the living programs' : '';
    this.log(
      `checked ${events} events, ${runs} runs, ${keys} spawn keys, ${requests} requests, ${restores} restores${live}: ${verdict}`,
    );
    if (report.problems.length > 0) this.exitWith(1);
    return report;
  }

  async #offline(dir: string) {
    const { openLogForReading } = await import('../../log/open.js');
    const { auditLog } = await import('../../daemon/audit.js');
    const log = await openLogForReading(dir);
    try {
      return await auditLog(log);
    } finally {
      await log.close();
    }
  }
}

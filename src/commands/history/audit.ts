import { OpmCommand } from '../../cli/base-command.js';
import { auditLines, readAudit } from '../../cli/read-audit.js';

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
    const report = await readAudit(this.client(flags));
    for (const line of auditLines(report)) this.log(line);
    if (report.problems.length > 0) this.exitWith(1);
    return report;
  }
}

import { boolean } from '@oclif/core/flags';
import { OpmCommand } from '../../cli/base-command.js';

export default class HistoryRepair extends OpmCommand {
  static override summary = 'Keep what is whole of a damaged log';
  static override description =
    'The log as it was is moved aside, never deleted; its longest whole beginning takes its place. Stop the daemon first.';
  static override examples = [
    '<%= config.bin %> history repair --dry-run',
    '<%= config.bin %> history repair',
  ];
  static override flags = {
    'dry-run': boolean({ description: 'only say what is whole' }),
  };

  async run() {
    const { flags } = await this.parse(HistoryRepair);
    const { repairLog } = await import('../../log/repair.js');
    const { paths } = this.client(flags);
    const dryRun = flags['dry-run'] ?? false;
    const report = await repairLog(paths.log, { dryRun, now: new Date() });
    if (report.problem === null) this.log(`the log is whole: ${report.kept} events`);
    else {
      this.log(report.problem);
      this.log(`whole: events 1 to ${report.lastSeq}; beyond it: ${report.dropped}`);
      if (report.setAside) this.log(`the log as it was is now ${report.setAside}`);
    }
    return report;
  }
}

import { string } from '@oclif/core/flags';
import { OpmCommand } from '../../cli/base-command.js';
import { parseMoment } from '../../cli/moment.js';
import { renderRows } from '../../cli/process-rows.js';
import { readInfos } from '../../cli/read-home.js';

export default class HistoryReplay extends OpmCommand {
  static override summary = 'Show the process table as it was';
  static override examples = [
    '<%= config.bin %> history replay --at 42',
    '<%= config.bin %> history replay --at 2026-01-31T12:00:00Z',
    '<%= config.bin %> history replay --at 10m',
  ];
  static override flags = {
    at: string({
      description: 'a seq, a time (ISO 8601), or 10m for ten minutes ago',
      helpValue: 'WHEN',
      required: true,
    }),
  };

  async run() {
    const { flags } = await this.parse(HistoryReplay);
    const rows = (await readInfos(this.client(flags), parseMoment(flags.at))).map(({ row }) => row);
    this.log(rows.length === 0 ? 'There were no processes then.' : renderRows(rows));
    return rows;
  }
}

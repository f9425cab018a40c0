import { OpmCommand } from '../cli/base-command.js';
import { ALIASES } from '../cli/command-aliases.js';
import { renderRows } from '../cli/process-rows.js';
import { readInfos } from '../cli/read-home.js';

export default class List extends OpmCommand {
  static override aliases = ALIASES.list;
  static override summary = 'Show the process table';
  static override description =
    'Asks the daemon; without one it reads the log and looks which programs are alive. Never starts anything.';
  static override examples = ['<%= config.bin %> list', '<%= config.bin %> list --json'];

  async run() {
    const { flags } = await this.parse(List);
    const client = this.client(flags);
    const rows =
      (await client.ask('GET /v1/processes', {})) ??
      (await readInfos(client)).map(({ row }) => row);
    this.log(renderRows(rows));
    return rows;
  }
}

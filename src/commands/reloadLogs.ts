import { OpmCommand } from '../cli/base-command.js';

export default class ReloadLogs extends OpmCommand {
  static override summary = 'Read the settings of logs again, and see that programs write to them';
  static override description =
    'For system logrotate: a log that was renamed under its program gets its name back, and what it held goes to the file that it was renamed to; no line is lost and the program does not notice. SIGUSR2 to the daemon does the same.';
  static override examples = ['<%= config.bin %> reloadLogs'];

  async run() {
    const { flags } = await this.parse(ReloadLogs);
    const client = this.client(flags);
    const answer = await client.persist(() => client.demand('POST /v1/logs/reload', {}));
    for (const { name, file } of answer.retaken)
      this.log(`${name} has its log back; what it held is in ${file}`);
    for (const { name, process, file } of answer.detached)
      this.log(`${name} writes to ${file}; \`opm restart ${process}\` mends it`);
    if (answer.retaken.length + answer.detached.length === 0)
      this.log('every program writes to its log');
    return answer;
  }
}

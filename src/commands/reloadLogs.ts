import { OpmCommand } from '../cli/base-command.js';

export default class ReloadLogs extends OpmCommand {
  static override summary = 'Read the settings of logs again, and see that programs write to them';
  static override description =
    `For system logrotate. A program that writes straight to its file goes on writing to it whatever it is called: use copytruncate there, or restart what this command lists. SIGUSR2 to the daemon does the same.`;
  static override examples = ['<%= config.bin %> reloadLogs'];

  async run() {
    const { flags } = await this.parse(ReloadLogs);
    const client = this.client(flags);
    const answer = await client.persist(() => client.demand('POST /v1/logs/reload', {}));
    for (const { name, process, file } of answer.detached)
      this.log(`${name} writes to ${file}; \`opm restart ${process}\` mends it`);
    if (answer.detached.length === 0) this.log('every program writes to its log');
    return answer;
  }
}

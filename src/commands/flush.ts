import { OpmCommand } from '../cli/base-command.js';

export default class Flush extends OpmCommand {
  static override strict = false;
  static override usage = 'flush [TARGET...]';
  static override summary = 'Empty the log files of processes, or of all';
  static override examples = ['<%= config.bin %> flush', '<%= config.bin %> flush web'];

  async run() {
    const { argv, flags } = await this.parse(Flush);
    const client = this.client(flags);
    const targets = argv.length === 0 ? ['all'] : (argv as string[]);
    const answer = await client.persist(async () =>
      client.demand('POST /v1/logs/flush', { targets }),
    );
    this.log(`emptied ${answer.files} log files`);
    return answer;
  }
}

import { boolean, integer } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';
import { LogTail } from '../cli/log-tail.js';
import { readTargets } from '../cli/read-targets.js';

export default class Logs extends OpmCommand {
  static override strict = false;
  static override usage = 'logs [TARGET...]';
  static override summary = 'Show the last lines that programs wrote, or follow them';
  static override description = 'Works with and without a daemon. With --json one line an object.';
  static override examples = [
    '<%= config.bin %> logs web --follow',
    '<%= config.bin %> logs --err --lines 50',
  ];
  static override flags = {
    lines: integer({
      description: 'last lines of each file',
      char: 'n',
      default: 15,
      min: 0,
    }),
    follow: boolean({
      description: 'and what is written from now on',
      char: 'f',
    }),
    err: boolean({ description: 'only error output', exclusive: ['out'] }),
    out: boolean({ description: 'only standard output' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Logs);
    const client = this.client(flags);
    const infos = await readTargets(client, argv as string[]);
    const tail = new LogTail(
      infos.map(({ row }) => row),
      {
        folder: client.paths.logs,
        out: !flags.err,
        error: !flags.out,
        json: this.jsonEnabled(),
      },
    );
    tail.last(flags.lines);
    if (flags.follow) await tail.follow();
  }
}

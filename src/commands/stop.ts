import { fileFlags } from '../cli/app-files.js';
import { plural, TargetCommand, targetArgs } from '../cli/target-command.js';

export default class Stop extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override flags = fileFlags;
  static override summary = 'Stop processes; they stay in the list';
  static override description =
    'Signals everything of each process tree, waits until nothing of it is alive, and kills what is left at the kill timeout.';
  static override examples = [
    '<%= config.bin %> stop web',
    '<%= config.bin %> stop 0 3 api',
    '<%= config.bin %> stop all',
  ];

  async run() {
    const { argv, flags } = await this.parse(Stop);
    const rows = await this.change(flags, argv as string[], {
      route: 'POST /v1/processes/stop',
      goal: 'down',
      said: (count) => `stopped ${plural(count)}`,
    });
    if (rows.some((row) => row.wanted === 'down' && row.pid !== null)) this.exitWith(1);
    return rows;
  }
}

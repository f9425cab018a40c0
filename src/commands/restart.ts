import { isUp } from '../cli/settle.js';
import { plural, TargetCommand, targetArgs } from '../cli/target-command.js';

export default class Restart extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override summary = 'Restart processes, whatever state they are in';
  static override description =
    'The old run ends completely before the new one begins: there are never two at once.';
  static override examples = ['<%= config.bin %> restart web', '<%= config.bin %> restart all'];

  async run() {
    const { argv, flags } = await this.parse(Restart);
    const rows = await this.change(flags, argv as string[], {
      route: 'POST /v1/processes/restart',
      goal: 'up',
      said: (count) => `restarted ${plural(count)}`,
    });
    if (!rows.every(isUp)) this.exitWith(1);
    return rows;
  }
}

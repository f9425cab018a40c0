import { fileFlags } from '../cli/app-files.js';
import { ALIASES } from '../cli/command-aliases.js';
import { plural, TargetCommand, targetArgs } from '../cli/target-command.js';

export default class Delete extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override flags = fileFlags;
  static override aliases = ALIASES.delete;
  static override summary = 'Stop processes and take them off the list';
  static override description = 'Their history and their log files stay.';
  static override examples = ['<%= config.bin %> delete web', '<%= config.bin %> delete all'];

  async run() {
    const { argv, flags } = await this.parse(Delete);
    const left = await this.change(flags, argv as string[], {
      route: 'POST /v1/processes/delete',
      goal: 'gone',
      said: (count) => `deleted ${plural(count)}`,
    });
    if (left.length > 0) this.exitWith(1);
    return left;
  }
}

import { string as text } from '@oclif/core/flags';
import { fileFlags, isAppFile } from '../cli/app-files.js';
import { ALIASES } from '../cli/command-aliases.js';
import { isUp } from '../cli/settle.js';
import { plural, TargetCommand, targetArgs } from '../cli/target-command.js';

export default class Restart extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override aliases = ALIASES.restart;
  static override flags = {
    ...fileFlags,
    env: text({ description: 'with a file: put env_NAME over env', helpValue: 'NAME' }),
  };
  static override summary = 'Restart processes, whatever state they are in';
  static override description =
    'The old run ends completely before the new one begins: there are never two at once. Of a file, apps that do not exist are created, and all are made what it says.';
  static override examples = [
    '<%= config.bin %> restart web',
    '<%= config.bin %> restart all',
    '<%= config.bin %> restart ecosystem.config.js --only web',
  ];

  async run() {
    const { argv, flags } = await this.parse(Restart);
    const words = argv as string[];
    const [file] = words;
    if (words.length === 1 && file !== undefined && isAppFile(file)) {
      const rows = await this.settleApplied(flags, await this.applyFile(file, flags, 'all'));
      this.log(`restarted ${plural(rows.length)}`);
      return rows;
    }
    const rows = await this.change(flags, words, {
      route: 'POST /v1/processes/restart',
      goal: 'up',
      said: (count) => `restarted ${plural(count)}`,
    });
    if (!rows.every(isUp)) {
      this.exitWith(1);
      if (!this.jsonEnabled()) await this.tellWhyNotUp(this.client(flags), rows);
    }
    return rows;
  }
}

import { ALIASES } from '../cli/command-aliases.js';
import { describeProcess } from '../cli/process-details.js';
import { readTargets } from '../cli/read-targets.js';
import { TargetCommand, targetArgs } from '../cli/target-command.js';
import { maskedApp } from '../domain/masking.js';

export default class Info extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override aliases = ALIASES.info;
  static override summary = 'Show everything about processes';
  static override description =
    'Secrets are masked, in variables as in commands; `opm export` writes a definition that loses nothing.';
  static override examples = ['<%= config.bin %> info web', '<%= config.bin %> info 0 --json'];

  async run() {
    const { argv, flags } = await this.parse(Info);
    const client = this.client(flags);
    const infos = await readTargets(client, argv as string[]);
    this.log(infos.map((info) => describeProcess(info, client.paths.logs)).join('\n\n'));
    return infos.map((info) => ({ ...info, app: maskedApp(info.app) }));
  }
}

import { string } from '@oclif/core/args';
import { string as text } from '@oclif/core/flags';
import { fileFlags } from '../cli/app-files.js';
import { FileCommand } from '../cli/file-command.js';
import { renderPlan } from '../cli/plan-lines.js';

export default class Import extends FileCommand {
  static override summary = 'Define and start the apps of a file of any format';
  static override description =
    'JSON, YAML, TOML, JavaScript, TypeScript, PM2 ecosystem and process files, what `pm2 save` wrote (dump.pm2), and HCL with process "name" { … }. Apps that exist are made what the file says.';
  static override examples = [
    '<%= config.bin %> import processes.hcl',
    '<%= config.bin %> import ecosystem.config.js --env production',
    '<%= config.bin %> import ~/.pm2/dump.pm2',
  ];
  static override args = { file: string({ description: 'file to read', required: true }) };
  static override flags = {
    ...fileFlags,
    env: text({ description: 'put env_NAME of each app over its env', helpValue: 'NAME' }),
  };

  async run() {
    const { args, flags } = await this.parse(Import);
    const applied = await this.applyFile(args.file, flags, 'changed');
    this.log(renderPlan(applied.plan ?? []));
    const processes = await this.settleApplied(flags, applied);
    return { plan: applied.plan, processes };
  }
}

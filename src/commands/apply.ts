import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { describeFile, fileFlags, usualAppFile } from '../cli/app-files.js';
import { confirm } from '../cli/confirm.js';
import { FileCommand } from '../cli/file-command.js';
import { isNothing, renderPlan } from '../cli/plan-lines.js';

export default class Apply extends FileCommand {
  static override summary = 'Make apps what a file says: show a plan, then carry it out';
  static override description =
    'Creates what is new, changes what differs, restarts what must be restarted to show it, and leaves the rest alone: a file that was applied already changes nothing. Without FILE it takes opm.config.* of the folder.';
  static override examples = [
    '<%= config.bin %> apply',
    '<%= config.bin %> apply opm.config.ts --dry-run',
    '<%= config.bin %> apply ecosystem.config.js --env production --yes',
    '<%= config.bin %> apply apps.yaml --prune --only web,api',
  ];
  static override args = { file: string({ description: 'app file' }) };
  static override flags = {
    ...fileFlags,
    env: text({ description: 'put env_NAME of each app over its env', helpValue: 'NAME' }),
    yes: boolean({ description: 'carry it out without asking', char: 'y' }),
    'dry-run': boolean({ description: 'show the plan and change nothing' }),
    prune: boolean({ description: 'remove apps that this file defined once and defines no more' }),
  };

  async run() {
    const { args, flags } = await this.parse(Apply);
    const file = args.file ?? usualAppFile();
    if (flags.prune && flags.only)
      this.fail('BAD_USAGE', '--prune and --only exclude each other', 'prune with the whole file');
    const described = await describeFile(file, flags, this.tell);
    const wanted = { ...described, restart: 'changed' as const, prune: Boolean(flags.prune) };
    const client = this.client(flags);
    const plan = await client.persist(() => client.demand('POST /v1/apps/plan', wanted));
    this.log(renderPlan(plan));
    if (flags['dry-run'] || isNothing(plan)) return { plan, applied: false, processes: [] };
    if (!flags.yes && !(await confirm('carry it out?'))) {
      this.exitWith(1);
      return { plan, applied: false, processes: [] };
    }
    const applied = await this.carryOut(flags, { ...wanted, agreed: JSON.stringify(plan) });
    const processes = await this.settleApplied(flags, applied);
    return { plan, applied: true, processes };
  }
}

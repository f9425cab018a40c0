import { string } from '@oclif/core/args';
import { string as text } from '@oclif/core/flags';
import { describeFile, fileFlags, usualAppFile } from '../cli/app-files.js';
import { FileCommand } from '../cli/file-command.js';
import { readInfos } from '../cli/read-home.js';
import { stateOf } from '../cli/read-targets.js';
import { invalidApps } from '../domain/decide-start.js';
import { openVault } from '../platform/vault.js';

export default class Validate extends FileCommand {
  static override summary = 'Check an app file; change nothing';
  static override description =
    'Checks every key and value, that scripts, interpreters, folders and .env files are there, and that names and dependencies agree with each other and with what the home has. Needs no daemon. Without FILE it takes opm.config.* of the folder.';
  static override examples = [
    '<%= config.bin %> validate',
    '<%= config.bin %> validate ecosystem.config.js --lenient',
  ];
  static override args = { file: string({ description: 'app file' }) };
  static override flags = {
    ...fileFlags,
    env: text({ description: 'put env_NAME of each app over its env', helpValue: 'NAME' }),
  };

  async run() {
    const { args, flags } = await this.parse(Validate);
    const file = args.file ?? usualAppFile();
    const described = await describeFile(file, flags, this.tell);
    const client = this.client(flags);
    const { reveal } = openVault(client.paths.secrets);
    const { describedApps } = await import('../daemon/described-apps.js');
    const apps = await describedApps(described, { name: () => ({ secret: '' }), reveal });
    const problem = invalidApps(stateOf(await readInfos(client)), apps);
    if (problem !== null) this.fail('INVALID_APP', problem, 'nothing was started or changed');
    const names = apps.map(({ name }) => name).join(', ');
    this.log(`${file} is valid: ${apps.length === 1 ? '1 app' : `${apps.length} apps`}: ${names}`);
    return { file, apps: apps.map(({ name, namespace }) => ({ name, namespace })) };
  }
}

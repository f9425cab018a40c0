import { boolean } from '@oclif/core/flags';
import type { ProcessInfo } from '../api/routes.js';
import { fileFlags } from '../cli/app-files.js';
import { differences, type EnvDifference, masked } from '../cli/env-diff.js';
import { readTargets } from '../cli/read-targets.js';
import { TargetCommand, targetArgs } from '../cli/target-command.js';
import {
  type EnvironmentSource,
  liveEnvironment,
  readEnvFile,
  readEnvironment,
} from '../platform/read-environment.js';
import { openVault } from '../platform/vault.js';

const SIGNS = { added: '+', changed: '~', gone: '-' } as const;

const line = ({ name, is, from, to }: EnvDifference): string =>
  `${SIGNS[is]} ${name}: ${from ?? '(none)'} → ${to ?? '(none)'}`;

export default class Env extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override summary = 'Show the environment that processes would be started with now';
  static override description =
    'The base, .env files as they are now, and what the definition says; secrets are masked. With --diff, what a restart would change in the environment of each running program.';
  static override examples = ['<%= config.bin %> env web', '<%= config.bin %> env web --diff'];
  static override flags = {
    ...fileFlags,
    diff: boolean({ description: 'only what differs from the running program' }),
  };

  async run() {
    const { argv, flags } = await this.parse(Env);
    const client = this.client(flags);
    const infos = await readTargets(client, await this.targets(argv as string[], flags));
    const source = { readFile: readEnvFile, reveal: openVault(client.paths.secrets).reveal };
    return infos.map((info) => this.#show(info, source, Boolean(flags.diff), infos.length > 1));
  }

  #show(info: ProcessInfo, source: EnvironmentSource, diff: boolean, several: boolean) {
    const { row, app } = info;
    if (several) this.log(`# ${row.name} (${row.id})`);
    const next = readEnvironment(app.env, row.instance, source);
    if (!diff) {
      const env = masked(next, app.env);
      for (const [name, value] of Object.entries(env).sort()) this.log(`${name}=${value}`);
      return { id: row.id, name: row.name, env };
    }
    const running = row.pid === null ? null : liveEnvironment(row.pid);
    const found = running === null ? null : differences(running, next, app.env);
    if (found === null) this.log('it does not run');
    else if (found.length === 0) this.log('a restart would change nothing');
    else this.log(found.map(line).join('\n'));
    return { id: row.id, name: row.name, differences: found };
  }
}

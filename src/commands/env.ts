import { readTargets } from '../cli/read-targets.js';
import { TargetCommand, targetArgs } from '../cli/target-command.js';
import { composeEnvironment, MASK } from '../domain/environment.js';

export default class Env extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override summary = 'Show the environment that processes are started with';
  static override examples = ['<%= config.bin %> env web'];

  async run() {
    const { argv, flags } = await this.parse(Env);
    const infos = await readTargets(this.client(flags), argv as string[]);
    const shown = infos.map(({ row, app }) => ({
      id: row.id,
      name: row.name,
      env: composeEnvironment(app.env, row.instance, { files: [], reveal: () => MASK }),
    }));
    for (const { id, name, env } of shown) {
      if (shown.length > 1) this.log(`# ${name} (${id})`);
      for (const [key, value] of Object.entries(env).sort()) this.log(`${key}=${value}`);
    }
    return shown;
  }
}

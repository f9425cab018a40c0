import { readTargets } from '../cli/read-targets.js';
import { TargetCommand, targetArgs } from '../cli/target-command.js';

export default class Env extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override summary = 'Show the environment that processes are started with';
  static override examples = ['<%= config.bin %> env web'];

  async run() {
    const { argv, flags } = await this.parse(Env);
    const infos = await readTargets(this.client(flags), argv as string[]);
    for (const { row, app } of infos) {
      if (infos.length > 1) this.log(`# ${row.name} (${row.id})`);
      for (const [key, value] of Object.entries(app.env).sort()) this.log(`${key}=${value}`);
    }
    return infos.map(({ row, app }) => ({
      id: row.id,
      name: row.name,
      env: app.env,
    }));
  }
}

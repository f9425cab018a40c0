import { string as text } from '@oclif/core/flags';
import { fileFlags, isAppFile } from '../cli/app-files.js';
import { ALIASES } from '../cli/command-aliases.js';
import { renderRows } from '../cli/process-rows.js';
import { isUp, settle } from '../cli/settle.js';
import { plural, TargetCommand, targetArgs } from '../cli/target-command.js';
import type { Row } from '../projections/process-table.js';

export default class Reload extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override aliases = ALIASES.reload;
  static override flags = {
    ...fileFlags,
    env: text({ description: 'with a file: put env_NAME over env', helpValue: 'NAME' }),
  };
  static override summary = 'Restart processes one after another, each when the one before is up';
  static override description =
    'With several instances some are always up. When one does not come up, those after it are left as they are, on their old definition. The daemon does it: it goes on when this command is ended, and when the daemon itself is started again. Of a file, apps that do not exist are created, and all are made what it says.';
  static override examples = [
    '<%= config.bin %> reload web',
    '<%= config.bin %> reload ecosystem.config.js --env production',
  ];

  async run() {
    const { argv, flags } = await this.parse(Reload);
    const words = argv as string[];
    const client = this.client(flags);
    const [file] = words;
    const before = new Map(
      (await client.ask('GET /v1/processes', {}))?.map((row) => [row.id, row.spawnKey]),
    );
    const { processes, removed } =
      words.length === 1 && file !== undefined && isAppFile(file)
        ? await this.applyFile(file, flags, 'reload')
        : await client.change('POST /v1/processes/reload', {
            targets: await this.targets(words, flags),
          });
    if (removed.length > 0) await settle(client, removed, { goal: 'gone' });
    const rows = await settle(client, processes, { goal: 'up' });
    const isDone = (row: Row): boolean => isUp(row) && row.spawnKey !== before.get(row.id);
    this.log(renderRows(rows));
    this.log(`reloaded ${plural(rows.filter(isDone).length)} of ${rows.length}`);
    if (rows.every(isDone)) return rows;
    this.exitWith(1);
    const failed = rows.filter((row) => !isUp(row));
    if (failed.length > 0 && !this.jsonEnabled()) await this.tellWhyNotUp(client, failed);
    return rows;
  }
}

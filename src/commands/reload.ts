import { string as text } from '@oclif/core/flags';
import { fileFlags, isAppFile } from '../cli/app-files.js';
import { renderRows } from '../cli/process-rows.js';
import { readTargets } from '../cli/read-targets.js';
import { isUp, settle } from '../cli/settle.js';
import { plural, TargetCommand, targetArgs } from '../cli/target-command.js';
import type { Row } from '../projections/process-table.js';

export default class Reload extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override aliases = ['startOrReload', 'gracefulReload'];
  static override flags = {
    ...fileFlags,
    env: text({ description: 'with a file: put env_NAME over env', helpValue: 'NAME' }),
  };
  static override summary = 'Restart processes one after another, each when the one before is up';
  static override description =
    'With several instances some are always up. When one does not come up, those after it are left as they are, on their old definition. Of a file, apps that do not exist are created, and all are made what it says.';
  static override examples = [
    '<%= config.bin %> reload web',
    '<%= config.bin %> reload ecosystem.config.js --env production',
  ];

  async run() {
    const { argv, flags } = await this.parse(Reload);
    const words = argv as string[];
    const client = this.client(flags);
    const file = words.length === 1 && isAppFile(words[0] ?? '') ? words[0] : undefined;
    const before = new Set<number>(
      (await client.ask('GET /v1/processes', {}))?.map(({ id }) => id),
    );
    const ids =
      file === undefined
        ? (await readTargets(client, await this.targets(words, flags))).map(({ row }) => row.id)
        : await this.#applied(file, flags);
    const rows: Row[] = [];
    for (const id of ids) {
      // What was created just now runs what the file says already.
      const { processes } = await (before.has(id)
        ? client.change('POST /v1/processes/restart', { targets: [String(id)] })
        : { processes: [id] });
      rows.push(...(await settle(client, processes, { goal: 'up' })));
      if (!rows.every(isUp)) break;
    }
    this.log(renderRows(rows));
    this.log(`reloaded ${plural(rows.filter(isUp).length)} of ${ids.length}`);
    const failed = rows.filter((row) => !isUp(row));
    if (failed.length === 0) return rows;
    this.exitWith(1);
    if (!this.jsonEnabled()) await this.tellWhyNotUp(client, failed);
    return rows;
  }

  async #applied(
    file: string,
    flags: Awaited<ReturnType<Reload['parseFlags']>>,
  ): Promise<readonly number[]> {
    const { processes, removed } = await this.applyFile(file, flags, 'none');
    if (removed.length > 0) await settle(this.client(flags), removed, { goal: 'gone' });
    return processes;
  }

  /** Only for its type: the flags as parsed. */
  protected async parseFlags() {
    return (await this.parse(Reload)).flags;
  }
}

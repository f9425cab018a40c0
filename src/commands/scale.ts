import { string } from '@oclif/core/args';
import { OpmCommand } from '../cli/base-command.js';
import { renderRows } from '../cli/process-rows.js';
import { isUp, settle } from '../cli/settle.js';

export default class Scale extends OpmCommand {
  static override strict = false;
  static override usage = 'scale APP COUNT';
  static override summary = 'Change how many instances an app has';
  static override examples = [
    '<%= config.bin %> scale web 4',
    '<%= config.bin %> scale web +2',
    '<%= config.bin %> scale web -1',
  ];
  static override args = {
    app: string({
      description: 'name of the app, or namespace/name',
      required: true,
    }),
    count: string({ description: 'how many, or +N or -N', required: true }),
  };

  async run() {
    const { argv, args, flags } = await this.parse(Scale);
    const count = (argv as string[])[1] ?? args.count;
    if (!/^[+-]?\d+$/.test(count))
      this.fail('BAD_USAGE', `"${count}" is no number`, 'for example 4, +2 or -1');
    const client = this.client(flags);
    const { processes } = await client.change('POST /v1/apps/scale', {
      target: args.app,
      kind: /^[+-]/.test(count) ? 'by' : 'to',
      count: Number(count),
    });
    const rows = await settle(client, processes, { goal: 'up' });
    this.log(renderRows(rows));
    // What was stopped before stays so: nobody asked for it to be up.
    const missing = rows.filter((row) => row.wanted === 'up' && !isUp(row));
    if (missing.length > 0) {
      this.exitWith(1);
      await this.tellWhyNotUp(client, missing);
    }
    return rows;
  }
}

import { boolean, integer, string } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';
import { ALIASES } from '../cli/command-aliases.js';
import { momentText, parseMoment } from '../cli/moment.js';
import { renderReport } from '../cli/restore-lines.js';
import { settle } from '../cli/settle.js';

export default class Restore extends OpmCommand {
  static override aliases = ALIASES.restore;
  static override summary = 'Bring up every process that is wanted up, each exactly once';
  static override description =
    'What is up already is left alone. The same --key again returns the same report and starts nothing; a restore while one is open joins it; a daemon that dies meanwhile goes on with it at its next start. Exit code 0 only if all are up.';
  static override examples = [
    '<%= config.bin %> restore',
    '<%= config.bin %> restore --key boot-2026-01-31 --concurrency 4',
    '<%= config.bin %> restore --atomic',
    '<%= config.bin %> restore --from before-upgrade',
  ];
  static override flags = {
    key: string({
      description: 'name of this restore run (an idempotency key)',
    }),
    concurrency: integer({
      description: 'launches at once; 0 for no bound',
      default: 0,
      min: 0,
    }),
    atomic: boolean({
      description: 'all or nothing: stop what was started if one fails',
    }),
    from: string({
      description: 'restore what was wanted at this label',
      exclusive: ['at'],
    }),
    at: string({
      description:
        'restore what was wanted then: a seq, a time (ISO 8601), or 10m for ten minutes ago',
      helpValue: 'WHEN',
    }),
  };

  async run() {
    const { flags } = await this.parse(Restore);
    const client = this.client(flags);
    const { processes, restore } = await client.change(
      'POST /v1/restores',
      {
        atomic: flags.atomic ?? false,
        concurrency: flags.concurrency,
        ...(flags.key === undefined ? {} : { key: flags.key }),
        ...(flags.from === undefined ? {} : { label: flags.from }),
        ...(flags.at === undefined ? {} : { at: momentText(parseMoment(flags.at)) }),
      },
      flags.key,
    );
    const runKey = restore?.runKey ?? '';
    const rows = await settle(client, processes, { goal: 'restored', runKey });
    const report = await client.persist(() => client.demand('GET /v1/restore', { runKey }));
    this.log(renderReport(report, rows, restore?.joined ?? false));
    if (report.outcome !== 'up') {
      this.exitWith(1);
      if (!this.jsonEnabled()) await this.tellWhyNotUp(client, rows);
    }
    return { ...report, joined: restore?.joined ?? false };
  }
}

import { release } from 'node:os';
import { resolve } from 'node:path';
import { string } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';
import { formatTime } from '../cli/format.js';
import { parseMoment } from '../cli/moment.js';
import { readReport } from '../cli/read-report.js';
import { reportSummary, reportText } from '../cli/report-text.js';
import { writeText } from '../cli/write-file.js';
import { openVault } from '../platform/vault.js';

const defaultName = (now: number): string =>
  `opm-report-${formatTime(now).slice(0, 'yyyy-mm-dd hh:mm:ss'.length).replaceAll(/[: ]/g, '-')}.md`;

export default class Report extends OpmCommand {
  static override summary = 'Write a report that can be attached to a ticket';
  static override description =
    'One Markdown file: what the audit says, incidents, timeline, processes, why the troubled stand as they do, the last events, and the definitions. Secrets are masked: what sounds secret, and every value of the vault. Works with and without a daemon.';
  static override examples = [
    '<%= config.bin %> report',
    '<%= config.bin %> report --since 12h --output night.md',
    '<%= config.bin %> report --home /mnt/dead/.opm',
  ];
  static override flags = {
    since: string({
      description:
        'from then on: a seq, a time, or 10m for ten minutes ago; the whole log by default',
      helpValue: 'WHEN',
    }),
    output: string({
      char: 'o',
      description: 'file to write; opm-report-TIME.md in this folder by default',
      helpValue: 'FILE',
    }),
  };

  async run() {
    const { flags } = await this.parse(Report);
    const client = this.client(flags);
    const since = flags.since === undefined ? null : parseMoment(flags.since);
    const facts = await readReport(client, since);
    const system = [
      ['opm', this.config.version],
      ['node', process.version],
      ['system', `${process.platform} ${release()} ${process.arch}`],
    ] as const;
    const file = flags.output ?? defaultName(Date.now());
    const { home, secrets: vault } = client.paths;
    const secrets = openVault(vault).values();
    writeText(file, reportText(facts, { home, since, system, secrets }));
    const { incidents, events } = facts.incidents;
    this.log(`wrote ${file}: ${reportSummary(facts)}`);
    return { file: resolve(file), incidents: incidents.length, events };
  }
}

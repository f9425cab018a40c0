import { boolean, integer, option, string } from '@oclif/core/flags';
import { OpmCommand } from '../../cli/base-command.js';
import { isAtLeast, JournalPrinter } from '../../cli/journal-lines.js';
import type { LogSource } from '../../cli/log-query.js';
import { parseMoment } from '../../cli/moment.js';
import { timeOf } from '../../cli/read-home.js';
import { showLogs } from '../../cli/show-logs.js';
import { LEVELS } from '../../daemon/journal.js';
import { LogStream } from '../../platform/log-stream.js';

const DEFAULT_LINES = 30;

export default class DaemonLogs extends OpmCommand {
  static override summary = "Show the daemon's own log, or follow it";
  static override description =
    'Works with and without a daemon. The log is one JSON object a line, rotated as the logs of programs are. OPM_LOG_LEVEL=debug in the environment of the daemon makes it tell more.';
  static override examples = [
    '<%= config.bin %> daemon logs --follow',
    '<%= config.bin %> daemon logs --level warn --since 1d',
  ];
  static override flags = {
    lines: integer({ description: 'how many of the last lines', char: 'n', min: 0 }),
    follow: boolean({ description: 'and those to come', char: 'f' }),
    level: option({ options: LEVELS, description: 'only what is at least so grave' })(),
    since: string({
      description: 'from then on: a time, how long ago it was (10m), or the seq of an event',
      helpValue: 'WHEN',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonLogs);
    const client = this.client(flags);
    const { level } = flags;
    const since = flags.since === undefined ? null : await timeOf(client, parseMoment(flags.since));
    const source: LogSource = {
      id: -1,
      name: 'opm',
      namespace: '',
      stream: 'out',
      log: new LogStream(client.paths.daemonLog),
      range: null,
    };
    const query = {
      lines: flags.lines ?? (since === null ? DEFAULT_LINES : null),
      since,
      until: null,
      text: level === undefined ? null : (line: string) => isAtLeast(line, level),
    };
    const printer = new JournalPrinter(this.jsonEnabled());
    await showLogs([source], query, { printer, follow: flags.follow });
  }
}

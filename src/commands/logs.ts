import { boolean, integer, string } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';
import { LogPrinter } from '../cli/log-printer.js';
import type { LogQuery } from '../cli/log-query.js';
import { readSources } from '../cli/log-sources.js';
import { parseMoment } from '../cli/moment.js';
import { timeOf } from '../cli/read-home.js';
import { showLogs } from '../cli/show-logs.js';

const DEFAULT_LINES = 15;

export default class Logs extends OpmCommand {
  static override strict = false;
  static override usage = 'logs [TARGET...]';
  static override summary = 'Show what programs wrote, merged in the order of time, or follow it';
  static override description =
    `Works with and without a daemon, and reads what was rotated away as well. With --json one line an object.

A line's time is the one that it begins with (ISO 8601 or a JSON field); else that of the line before it; else a guess from the times of the files ("guessed" in JSON).`;
  static override examples = [
    '<%= config.bin %> logs web --follow',
    '<%= config.bin %> logs --err --lines 50',
    '<%= config.bin %> logs web worker --since 10m --grep "timeout|refused"',
    '<%= config.bin %> logs web --run 0-3-x7Kq --raw > output-of-one-run',
  ];
  static override flags = {
    lines: integer({
      description: `last lines of each file; ${DEFAULT_LINES}, or all with --since, --until or --run`,
      char: 'n',
      min: 0,
    }),
    follow: boolean({ description: 'and what is written from now on', char: 'f' }),
    since: string({
      description: 'from then on: a time, how long ago it was (10m), or the seq of an event',
      helpValue: 'WHEN',
    }),
    until: string({ description: 'up to then', helpValue: 'WHEN', exclusive: ['follow'] }),
    grep: string({ description: 'only lines that match', char: 'g', helpValue: 'REGEX' }),
    highlight: string({ description: 'mark what matches', helpValue: 'REGEX' }),
    err: boolean({ description: 'only error output', exclusive: ['out'] }),
    out: boolean({ description: 'only standard output' }),
    raw: boolean({ description: 'the bytes as they are, without names', exclusive: ['json'] }),
    run: string({
      description: 'only what the run of this spawn key wrote',
      helpValue: 'KEY',
      exclusive: ['follow'],
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Logs);
    const client = this.client(flags);
    const time = async (text: string | undefined): Promise<number | null> =>
      text === undefined ? null : timeOf(client, parseMoment(text));
    const all = flags.since ?? flags.until ?? flags.run;
    const pattern = flags.grep === undefined ? null : this.#pattern('grep', flags.grep, '');
    const query: LogQuery = {
      lines: flags.lines ?? (all === undefined ? DEFAULT_LINES : null),
      since: await time(flags.since),
      until: await time(flags.until),
      text: pattern && ((line) => pattern.test(line)),
    };
    const highlight =
      flags.highlight === undefined ? null : this.#pattern('highlight', flags.highlight, 'g');
    const { sources, warnings } = await readSources(client, {
      targets: argv as string[],
      out: !flags.err,
      error: !flags.out,
      run: flags.run ?? null,
    });
    for (const warning of warnings) this.logToStderr(`opm: ${warning}`);
    const as = this.jsonEnabled() ? 'json' : flags.raw ? 'raw' : 'prefixed';
    const printer = new LogPrinter(sources, { as, highlight });
    await showLogs(sources, query, { printer, follow: flags.follow });
  }

  #pattern(flag: string, text: string, marks: string): RegExp {
    try {
      return new RegExp(text, marks);
    } catch (error) {
      return this.fail(
        'BAD_USAGE',
        `--${flag}: ${(error as Error).message}`,
        'a regular expression',
      );
    }
  }
}

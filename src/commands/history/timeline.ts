import { string as text } from '@oclif/core/args';
import { integer, string } from '@oclif/core/flags';
import { OpmCommand } from '../../cli/base-command.js';
import { parseMoment } from '../../cli/moment.js';
import { readProcessIds } from '../../cli/read-targets.js';
import { readTimeline } from '../../cli/read-timeline.js';
import { coloured } from '../../cli/table.js';
import { timelineSvg } from '../../cli/timeline-svg.js';
import { renderTimeline } from '../../cli/timeline-text.js';
import { writeText } from '../../cli/write-file.js';

/** Where there is no terminal. */
const DEFAULT_WIDTH = 100;
const MIN_WIDTH = 40;

export default class HistoryTimeline extends OpmCommand {
  static override summary = 'Draw the lives of processes side by side';
  static override description =
    'One lane a process, runs as bars, exits, adoptions and restores marked; runs that overlap get a line of their own. The first lane is the daemon. As wide as the terminal; --svg writes the same as a picture. Works with and without a daemon.';
  static override examples = [
    '<%= config.bin %> history timeline',
    '<%= config.bin %> history timeline web api --since 1h',
    '<%= config.bin %> history timeline --since 12h --svg night.svg',
  ];
  static override strict = false;
  static override args = {
    target: text({
      description: 'id, name, namespace, namespace/name, all, or /regex/; several may be given',
    }),
  };
  static override flags = {
    since: string({
      description: 'from then on: a seq, a time (ISO 8601), or 10m for ten minutes ago',
      helpValue: 'WHEN',
    }),
    until: string({ description: 'up to then', helpValue: 'WHEN' }),
    svg: string({
      description: 'write a picture to this file instead, or to standard output with -',
      helpValue: 'FILE',
    }),
    width: integer({
      description: 'columns to fill; the terminal’s by default',
      min: MIN_WIDTH,
    }),
  };

  async run() {
    const { argv, flags } = await this.parse(HistoryTimeline);
    const client = this.client(flags);
    const timeline = await readTimeline(client, {
      since: flags.since === undefined ? null : parseMoment(flags.since),
      until: flags.until === undefined ? null : parseMoment(flags.until),
      ids: argv.length === 0 ? null : new Set(await readProcessIds(client, argv as string[])),
    });
    if (flags.svg === '-') {
      process.stdout.write(timelineSvg(timeline));
      return undefined;
    }
    if (flags.svg !== undefined) {
      writeText(flags.svg, timelineSvg(timeline));
      this.log(`wrote ${flags.svg}`);
      return timeline;
    }
    const width = flags.width ?? Math.max(MIN_WIDTH, process.stdout.columns || DEFAULT_WIDTH);
    this.log(renderTimeline(timeline, { width, colour: coloured() }));
    return timeline;
  }
}

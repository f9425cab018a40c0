import { boolean, string } from '@oclif/core/flags';
import { OpmCommand } from '../../cli/base-command.js';
import { renderDiff } from '../../cli/diff-lines.js';
import { historyLine } from '../../cli/history-lines.js';
import { type Moment, parseMoment } from '../../cli/moment.js';
import { PlayScreen } from '../../cli/play-screen.js';
import { renderRows } from '../../cli/process-rows.js';
import { readInfos, timeOf } from '../../cli/read-home.js';
import { readNarrator } from '../../cli/read-narrator.js';
import { readDiff, readPlayback } from '../../cli/read-stretch.js';
import type { Client } from '../../client/client.js';

const DEFAULT_SPEED = '1';
const BEGINNING: Moment = { kind: 'seq', seq: 0 };

export default class HistoryReplay extends OpmCommand {
  static override summary = 'Show the process table as it was, what changed, or play it';
  static override description =
    '--at shows the table as it was; --from with --to what changed in between; --play steps through on the terminal, by itself and by keys. A replay starts and stops nothing. Works with and without a daemon.';
  static override examples = [
    '<%= config.bin %> history replay --at 42',
    '<%= config.bin %> history replay --at 10m',
    '<%= config.bin %> history replay --from 02:55 --to 03:05',
    '<%= config.bin %> history replay --from 0 --to 40',
    '<%= config.bin %> history replay --play --from 1h --speed 10',
  ];
  static override flags = {
    at: string({
      description: 'the table then: a seq, a time (ISO 8601), or 10m for ten minutes ago',
      helpValue: 'WHEN',
      exclusive: ['from', 'to', 'play'],
    }),
    from: string({
      description: 'what changed from then on; 0 is before the first event',
      helpValue: 'WHEN',
    }),
    to: string({ description: 'up to then; now by default', helpValue: 'WHEN' }),
    play: boolean({ description: 'step through it on the terminal' }),
    speed: string({
      description: 'how many times as fast as it happened; long pauses are shortened anyway',
      helpValue: 'N',
      dependsOn: ['play'],
    }),
  };

  async run() {
    const { flags } = await this.parse(HistoryReplay);
    const client = this.client(flags);
    const from = flags.from === undefined ? null : parseMoment(flags.from);
    const to = flags.to === undefined ? null : parseMoment(flags.to);
    if (flags.play) return this.#play(client, from, to, flags.speed ?? DEFAULT_SPEED);
    if (flags.at !== undefined) return this.#table(client, parseMoment(flags.at));
    if (from === null) {
      const hint = '--at WHEN, --from WHEN --to WHEN, or --play';
      this.fail('BAD_USAGE', 'it is not said what to replay', hint);
    }
    const diff = await readDiff(client, from, to);
    this.log(renderDiff(diff));
    return diff;
  }

  async #table(client: Client, at: Moment) {
    const rows = (await readInfos(client, at)).map(({ row }) => row);
    const then = await timeOf(client, at);
    this.log(rows.length === 0 ? 'There were no processes then.' : renderRows(rows, then));
    return rows;
  }

  async #play(client: Client, from: Moment | null, to: Moment | null, given: string) {
    const { stdin: input, stdout: output } = process;
    if (!input.isTTY || !output.isTTY || this.jsonEnabled()) {
      const hint = 'without one, use --at WHEN or --from WHEN --to WHEN';
      this.fail('NO_TERMINAL', '--play needs a terminal to draw on and keys to read', hint);
    }
    const speed = Number(given.replace(/[x×]$/, ''));
    if (!(speed > 0 && Number.isFinite(speed))) {
      this.fail('BAD_USAGE', `"${given}" is no speed`, 'a number above 0, for example 0.5 or 10');
    }
    const playback = await readPlayback(client, from ?? BEGINNING, to);
    const narrator = await readNarrator(client);
    const lines = playback.events.map((event) => historyLine(event, narrator));
    await new PlayScreen(playback, { input, output, speed, lines }).run();
    return undefined;
  }
}

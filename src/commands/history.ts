import { boolean, integer, string } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';
import { historyLine } from '../cli/history-lines.js';
import { parseMoment } from '../cli/moment.js';
import { type EventQuery, readEvents } from '../cli/read-home.js';
import { readTargets } from '../cli/read-targets.js';
import type { Recorded } from '../domain/event.js';

const DEFAULT_LIMIT = 50;

export default class History extends OpmCommand {
  static override summary = 'List events, newest last, or follow them';
  static override description = 'Works with and without a daemon. With --json one event a line.';
  static override examples = [
    '<%= config.bin %> history --process web --limit 20',
    '<%= config.bin %> history --type ProcessExited --since 1h',
    '<%= config.bin %> history --follow --json',
  ];
  static override flags = {
    process: string({ description: 'id or name of one process', char: 'p' }),
    type: string({
      description: 'only this type of event; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
    }),
    since: string({
      description: 'from this time on (ISO 8601, or 10m for ten minutes ago)',
    }),
    until: string({ description: 'up to this time' }),
    run: string({ description: 'events of this restore run' }),
    limit: integer({
      description: 'how many of the last ones',
      default: DEFAULT_LIMIT,
      min: 1,
    }),
    follow: boolean({ description: 'and those to come', char: 'f' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(History);
    const client = this.client(flags);
    const query: EventQuery = {
      ...(flags.process === undefined ? {} : { process: await this.#processId(flags) }),
      ...(flags.run === undefined ? {} : { runKey: flags.run }),
    };
    const since = flags.since === undefined ? 0 : parseMoment(flags.since);
    const until = flags.until === undefined ? Number.POSITIVE_INFINITY : parseMoment(flags.until);
    const types = new Set(flags.type);
    const wanted = (event: Recorded): boolean =>
      event.at >= since && event.at <= until && (types.size === 0 || types.has(event.type));
    const last: Recorded[] = [];
    let seen = 0;
    for await (const event of readEvents(client, query)) {
      seen = event.seq;
      if (!wanted(event)) continue;
      last.push(event);
      if (last.length > flags.limit) last.shift();
    }
    for (const event of last) this.#print(event);
    if (!flags.follow) return;
    const news = client.follow('GET /v1/events', {
      ...query,
      after: seen,
      follow: '1',
    } as never);
    for await (const event of news) if (wanted(event)) this.#print(event);
  }

  #print(event: Recorded): void {
    process.stdout.write(`${this.jsonEnabled() ? JSON.stringify(event) : historyLine(event)}\n`);
  }

  /** A process that is gone can still be named by its id. */
  async #processId(flags: {
    process?: string | undefined;
    home?: string | undefined;
  }): Promise<number> {
    const text = flags.process ?? '';
    if (/^\d+$/.test(text)) return Number(text);
    const found = await readTargets(this.client(flags), [text]);
    const [only] = found;
    if (only && found.length === 1) return only.process.id;
    return this.fail('AMBIGUOUS_TARGET', `"${text}" names ${found.length} processes`, 'use an id');
  }
}

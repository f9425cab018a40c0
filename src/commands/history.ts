import { boolean, integer, string } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';
import { formatTime } from '../cli/format.js';
import { historyLine } from '../cli/history-lines.js';
import { isSince, isUntil, type Moment, parseMoment } from '../cli/moment.js';
import { type EventQuery, readEvents } from '../cli/read-home.js';
import { readNarrator } from '../cli/read-narrator.js';
import { readProcessIds } from '../cli/read-targets.js';
import type { Client } from '../client/client.js';
import type { Recorded } from '../domain/event.js';
import { nearest } from '../domain/nearest.js';
import { eventTypes } from '../log/event-shapes.js';
import type { Narrator } from '../projections/narrator.js';

const DEFAULT_LIMIT = 50;

/** What narrows a history down. */
interface Filter {
  readonly query: EventQuery;
  readonly matches: (event: Recorded) => boolean;
}

const seqOf = (moment: Moment | null): number | null =>
  moment?.kind === 'seq' ? moment.seq : null;

export default class History extends OpmCommand {
  static override summary = 'List events, newest last, or follow them';
  static override description =
    'One event a line, in words; works with and without a daemon. With --json one event a line as it was recorded.';
  static override examples = [
    '<%= config.bin %> history --process web --limit 20',
    '<%= config.bin %> history --type ProcessExited --since 1h',
    '<%= config.bin %> history --since "2026-01-31 02:50" --until "2026-01-31 03:10"',
    '<%= config.bin %> history --since 120 --until 140',
    '<%= config.bin %> history --follow --json',
  ];
  static override flags = {
    process: string({
      description: 'of these processes: an id, a name, a namespace or /regex/',
      char: 'p',
    }),
    type: string({
      description: 'only this type of event; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
    }),
    since: string({
      description: 'from then on: a seq, a time (ISO 8601), or 10m for ten minutes ago',
      helpValue: 'WHEN',
    }),
    until: string({ description: 'up to then, and with it', helpValue: 'WHEN' }),
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
    const { query, matches } = await this.#filter(flags);
    const last: Recorded[] = [];
    let seen = 0;
    // Backwards: the last ones are found without reading what came before them.
    for await (const event of readEvents(client, { ...query, reverse: true })) {
      seen = Math.max(seen, event.seq);
      if (matches(event)) last.unshift(event);
      if (last.length === flags.limit) break;
    }
    if (last.length === 0 && flags.run !== undefined && !flags.follow)
      await this.#expectRun(client, flags.run);
    const narrator = await readNarrator(client);
    for (const event of last) this.#print(event, narrator);
    if (!flags.follow) return;
    const { processes, runKey } = query;
    const news = client.follow('GET /v1/events', {
      after: seen,
      follow: '1',
      ...(runKey === undefined ? {} : { runKey }),
      ...(processes?.length === 1 ? { process: processes[0] } : {}),
    });
    for await (const event of news) if (matches(event)) this.#print(event, narrator);
  }

  /** Nothing to show may be the other filters' doing, or a run that was misspelt. */
  async #expectRun(client: Client, runKey: string): Promise<void> {
    for await (const _ of readEvents(client, { runKey, limit: 1 })) return;
    const hint = '`opm history --type RestoreRequested` shows those there are';
    this.fail('UNKNOWN_RUN', `no restore run "${runKey}" is in the history`, hint);
  }

  #print(event: Recorded, narrator: Narrator): void {
    const line = this.jsonEnabled() ? JSON.stringify(event) : historyLine(event, narrator);
    process.stdout.write(`${line}\n`);
  }

  async #filter(flags: {
    readonly home?: string | undefined;
    readonly process?: string | undefined;
    readonly type?: readonly string[] | undefined;
    readonly since?: string | undefined;
    readonly until?: string | undefined;
    readonly run?: string | undefined;
    readonly limit: number;
  }): Promise<Filter> {
    const types = this.#types(flags.type ?? []);
    const since = flags.since === undefined ? null : parseMoment(flags.since);
    const until = flags.until === undefined ? null : parseMoment(flags.until);
    const processes =
      flags.process === undefined
        ? null
        : await readProcessIds(this.client(flags), [flags.process]);
    if (since && until) this.#expectOrder(since, until);
    const [first, last] = [seqOf(since), seqOf(until)];
    // Whatever the log finds is shown, so that it has to find no more than that.
    const isExact = types.size === 0 && since?.kind !== 'time' && until?.kind !== 'time';
    return {
      query: {
        ...(isExact ? { limit: flags.limit } : {}),
        ...(processes === null ? {} : { processes }),
        ...(flags.run === undefined ? {} : { runKey: flags.run }),
        ...(first === null ? {} : { after: Math.max(0, first - 1) }),
        ...(last === null ? {} : { until: last }),
      },
      matches: (event) =>
        (since === null || isSince(event, since)) &&
        (until === null || isUntil(event, until)) &&
        (types.size === 0 || types.has(event.type)) &&
        (processes === null || ('process' in event.data && processes.includes(event.data.process))),
    };
  }

  /** A time of day is the last such one, so that an end may turn out to be of yesterday. */
  #expectOrder(since: Moment, until: Moment): void {
    const isBackwards =
      since.kind === 'seq'
        ? until.kind === 'seq' && until.seq < since.seq
        : until.kind === 'time' && until.at < since.at;
    if (!isBackwards) return;
    const [from, to] = [since, until].map((moment) =>
      moment.kind === 'seq' ? moment.seq : formatTime(moment.at),
    );
    const message = `--until (${to}) is before --since (${from})`;
    this.fail('BAD_TIME', message, 'leave --until out for everything up to now');
  }

  #types(texts: readonly string[]): ReadonlySet<string> {
    const known: readonly string[] = eventTypes;
    for (const text of texts) {
      if (known.includes(text)) continue;
      const meant = nearest(text, known);
      const hint = meant === null ? `one of ${known.join(', ')}` : `did you mean "${meant}"?`;
      this.fail('UNKNOWN_TYPE', `there is no event type "${text}"`, hint);
    }
    return new Set(texts);
  }
}

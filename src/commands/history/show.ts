import { integer } from '@oclif/core/args';
import { OpmCommand } from '../../cli/base-command.js';
import { formatTime } from '../../cli/format.js';
import { actorText, historyLine } from '../../cli/history-lines.js';
import { readLastWords, wordsAsLines } from '../../cli/last-words.js';
import { readEvents, readInfos } from '../../cli/read-home.js';
import { readNarrator } from '../../cli/read-narrator.js';
import type { Client } from '../../client/client.js';
import type { Recorded } from '../../domain/event.js';

export default class HistoryShow extends OpmCommand {
  static override summary = 'Show one event, with the chain of events that led to it';
  static override description =
    'In words; with --json the events as they were recorded. The end of a run comes with the last lines that it wrote, secrets masked.';
  static override examples = [
    '<%= config.bin %> history show 42',
    '<%= config.bin %> history show 42 --json',
  ];
  static override args = {
    seq: integer({ description: 'seq of the event', required: true, min: 1 }),
  };

  async run() {
    const { args, flags } = await this.parse(HistoryShow);
    const client = this.client(flags);
    const [event, ...causes] = await this.#chain(client, args.seq);
    if (!event) {
      this.fail('UNKNOWN_SEQ', `there is no event ${args.seq}`, '`opm history` lists them');
    }
    const lastWords = await this.#lastWords(client, [event, ...causes]);
    if (!this.jsonEnabled()) {
      await this.#tell(client, event, causes);
      if (lastWords) this.log(`\n${wordsAsLines(lastWords).join('\n')}`);
    }
    return { event, causes, lastWords };
  }

  /** Of the run that ended, where the first of these tells of an end, or that it was the last one. */
  async #lastWords(client: Client, [event, ...causes]: readonly Recorded[]) {
    const exit =
      event?.type === 'ProcessErrored'
        ? causes.find(({ type }) => type === 'ProcessExited')
        : event;
    if (exit?.type !== 'ProcessExited') return null;
    const { process, spawnKey } = exit.data;
    const infos = await readInfos(client, { kind: 'seq', seq: exit.seq });
    const owner = infos.find(({ row }) => row.id === process);
    return owner ? readLastWords(client, owner, spawnKey) : null;
  }

  /** An event and its causes, the nearest first. */
  async #chain(client: Client, from: number): Promise<readonly Recorded[]> {
    const chain: Recorded[] = [];
    for (let at: number | null = from; at !== null; at = chain.at(-1)?.causedBy ?? null) {
      const before = chain.length;
      for await (const event of readEvents(client, { after: at - 1, until: at })) chain.push(event);
      if (chain.length === before) break;
    }
    return chain;
  }

  async #tell(client: Client, event: Recorded, causes: readonly Recorded[]): Promise<void> {
    const narrator = await readNarrator(client);
    const lines = new Map<number, string>();
    if ('process' in event.data) {
      const earlier = { processes: [event.data.process], until: event.seq - 1 };
      for await (const before of readEvents(client, earlier)) {
        lines.set(before.seq, historyLine(before, narrator));
      }
    }
    const { subject, text } = narrator.tell(event);
    const { seq, type, id, at, request, runKey } = event;
    this.log(`${subject === null ? '' : `${subject}: `}${text}`);
    this.log(`${type}, event ${seq} (${id}), ${formatTime(at)}`);
    if (request) this.log(`asked for by ${actorText(request.actor)} (request ${request.key})`);
    if (runKey) this.log(`part of restore ${runKey}`);
    for (const [index, cause] of causes.entries()) {
      if (index === 0) this.log('\nbecause of');
      this.log(lines.get(cause.seq) ?? historyLine(cause, narrator));
    }
  }
}

import { integer } from '@oclif/core/args';
import { OpmCommand } from '../../cli/base-command.js';
import { historyLine } from '../../cli/history-lines.js';
import { readEvents } from '../../cli/read-home.js';
import type { Recorded } from '../../domain/event.js';

export default class HistoryShow extends OpmCommand {
  static override summary = 'Show one event whole, with the chain of events that led to it';
  static override examples = ['<%= config.bin %> history show 42'];
  static override args = {
    seq: integer({ description: 'seq of the event', required: true, min: 1 }),
  };

  async run() {
    const { args, flags } = await this.parse(HistoryShow);
    const client = this.client(flags);
    const chain: Recorded[] = [];
    for (let at: number | null = args.seq; at !== null; at = chain.at(-1)?.causedBy ?? null) {
      const before = chain.length;
      for await (const event of readEvents(client, {
        after: at - 1,
        until: at,
      }))
        chain.push(event);
      if (chain.length === before) break;
    }
    const [event, ...causes] = chain;
    if (!event) {
      this.fail('UNKNOWN_SEQ', `there is no event ${args.seq}`, '`opm history` lists them');
    }
    this.log(JSON.stringify(event, null, 2));
    if (causes.length > 0) this.log(`\ncaused by\n${causes.map(historyLine).join('\n')}`);
    return { event, causes };
  }
}

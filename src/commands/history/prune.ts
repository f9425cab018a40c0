import { string } from '@oclif/core/flags';
import { OpmCommand } from '../../cli/base-command.js';
import { momentText, parseMoment } from '../../cli/moment.js';

export default class HistoryPrune extends OpmCommand {
  static override summary = 'Drop the beginning of the history';
  static override description =
    'What open runs and labels need is kept: their events, and the state of the processes at each label and at the cut. An event records what was dropped, so that `opm history audit` proves the rest. The daemon prunes by itself what is older than OPM_HISTORY_KEEP (90d) and what is more than OPM_HISTORY_EVENTS (1000000); `all` keeps everything. `opm history export` beforehand keeps a copy.';
  static override examples = [
    '<%= config.bin %> history prune --before 30d',
    '<%= config.bin %> history prune --before 2026-01-31',
    '<%= config.bin %> history prune --before 5000',
  ];
  static override flags = {
    before: string({
      description: 'a seq, a time (ISO 8601), or 30d for what is older than thirty days',
      helpValue: 'WHEN',
      required: true,
    }),
  };

  async run() {
    const { flags } = await this.parse(HistoryPrune);
    const before = momentText(parseMoment(flags.before));
    const { pruned } = await this.client(flags).change('POST /v1/history/prune', { before });
    const { through = 0, events = 0 } = pruned ?? {};
    if (events === 0) this.log('nothing to drop');
    else this.log(`${events} events up to ${through} were dropped`);
    return { through, events };
  }
}

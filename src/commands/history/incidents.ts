import { string } from '@oclif/core/flags';
import { OpmCommand } from '../../cli/base-command.js';
import { renderIncidents } from '../../cli/incident-lines.js';
import { parseMoment } from '../../cli/moment.js';
import { readIncidents } from '../../cli/read-incidents.js';

export default class HistoryIncidents extends OpmCommand {
  static override summary = 'Find and explain duplicate-start suspects and their relatives';
  static override description =
    'Suppressed duplicates, requests that came again under their key, restores that joined, retried launches, daemons that died or were replaced, adopted and lost runs, strays, overlapping runs, crash loops, flapping, clock jumps: each with the events that prove it and what to do. Works with and without a daemon.';
  static override examples = [
    '<%= config.bin %> history incidents',
    '<%= config.bin %> history incidents --since 12h',
    '<%= config.bin %> history incidents --json --home /mnt/dead/.opm',
  ];
  static override flags = {
    since: string({
      description: 'only those that reach to then: a seq, a time, or 10m for ten minutes ago',
      helpValue: 'WHEN',
    }),
  };

  async run() {
    const { flags } = await this.parse(HistoryIncidents);
    const since = flags.since === undefined ? null : parseMoment(flags.since);
    const found = await readIncidents(this.client(flags), since);
    this.log(renderIncidents(found, since));
    return found;
  }
}

import { createReadStream, existsSync, type ReadStream, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { string } from '@oclif/core/args';
import { nanoid } from 'nanoid/non-secure';
import { OpmCommand } from '../../cli/base-command.js';
import { unreadable } from '../../config/unreadable.js';
import { markImported } from '../../platform/epoch.js';
import type { HomePaths } from '../../platform/paths.js';

export default class HistoryImport extends OpmCommand {
  static override summary = 'Make the log of a new home from an exported history';
  static override description =
    'Takes what `opm history export` wrote, into a home that is new or empty. An export that was edited, cut or reordered is refused with the line, and nothing is left behind. `history`, `audit`, `replay`, `why` and the others then work on the copy; no daemon is needed for that. A daemon of the copy starts nothing until `opm restore`, and lets the programs of the original be.';
  static override examples = [
    '<%= config.bin %> history import incident.ndjson --home /tmp/incident',
    'gzip -cd history.ndjson.gz | <%= config.bin %> history import - --home /tmp/copy',
  ];
  static override args = {
    file: string({ description: 'an export, or - for standard input', required: true }),
  };

  async run() {
    const { args, flags } = await this.parse(HistoryImport);
    const { importLog } = await import('../../log/import.js');
    const { paths } = this.client(flags);
    this.#expectNew(paths);
    const input = this.#open(args.file).setEncoding('utf8');
    const report = await importLog(paths.log, input, () => markImported(paths, nanoid()));
    this.log(`${report.events} events and ${report.requests} requests are in ${paths.log}`);
    return report;
  }

  /** What programs of another life left there would be taken for those of the imported log. */
  #expectNew({ home, log, settings, imported }: HomePaths): void {
    const allowed = [log, settings, imported].map((path) => basename(path));
    const found = existsSync(home)
      ? readdirSync(home).filter((name) => !allowed.includes(name))
      : [];
    if (found.length === 0) return;
    const message = `${home} is not empty: it has ${found.slice(0, 5).join(', ')}`;
    this.fail('HOME_NOT_EMPTY', message, 'nothing was changed; name a new home: --home DIR');
  }

  #open(file: string): NodeJS.ReadStream | ReadStream {
    if (file === '-') return process.stdin;
    const closed = unreadable(file);
    if (closed) this.fail('FILE_NOT_READ', `${file}: ${closed.problem}`, closed.hint);
    return createReadStream(file);
  }
}

import { createWriteStream, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { string } from '@oclif/core/args';
import { OpmCommand } from '../../cli/base-command.js';

export default class HistoryExport extends OpmCommand {
  static override summary = 'Write the whole history to a file, as NDJSON';
  static override description =
    'Everything that the log holds, event by event as it was hashed: `opm history import` makes the same log of it on another machine. Works while the daemon runs. The file holds the environments of apps as they were given; secrets of the vault are not in it.';
  static override examples = [
    '<%= config.bin %> history export incident.ndjson',
    '<%= config.bin %> history export - | gzip > history.ndjson.gz',
  ];
  static override args = {
    file: string({ description: 'a new file, or - for standard output', required: true }),
  };

  async run() {
    const { args, flags } = await this.parse(HistoryExport);
    const { openLogForReading } = await import('../../log/open.js');
    const { exportLog } = await import('../../log/export.js');
    const log = await openLogForReading(this.client(flags).paths.log);
    try {
      const [head, lines] = [log.head(), exportLog(log)];
      if (args.file === '-') {
        for await (const some of lines) if (!process.stdout.write(some)) await this.#drained();
        return undefined;
      }
      await this.#write(args.file, lines);
      this.log(`events up to ${head.seq} are in ${args.file}`);
      return { file: args.file, lastSeq: head.seq, head: head.hash };
    } finally {
      await log.close();
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => process.stdout.once('drain', resolve));
  }

  async #write(file: string, lines: AsyncIterable<string>): Promise<void> {
    try {
      await pipeline(Readable.from(lines), createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') this.fail('FILE_EXISTS', `${file} exists`, 'name a new file');
      rmSync(file, { force: true });
      return this.fail('FILE_NOT_WRITTEN', message, 'check the folder and its free space');
    }
  }
}

import { resolve } from 'node:path';
import { OpmCommand } from '../cli/base-command.js';
import { readTargets } from '../cli/read-targets.js';
import type { Client } from '../client/client.js';
import { findRotation } from '../platform/log-rotation.js';

export default class Flush extends OpmCommand {
  static override strict = false;
  static override usage = 'flush [TARGET...]';
  static override summary = 'Empty the log files of processes, or of all';
  static override description =
    'What was rotated out of them goes too. Works with and without a daemon.';
  static override examples = ['<%= config.bin %> flush', '<%= config.bin %> flush web'];

  async run() {
    const { argv, flags } = await this.parse(Flush);
    const client = this.client(flags);
    const targets = argv.length === 0 ? ['all'] : (argv as string[]);
    const answer =
      (await client.ask('POST /v1/logs/flush', { targets })) ??
      (await this.#flushOurselves(client, targets));
    this.log(`emptied ${answer.files} log files`);
    return answer;
  }

  /** Without a daemon nobody rotates them meanwhile. */
  async #flushOurselves(client: Client, targets: readonly string[]): Promise<{ files: number }> {
    const infos = await readTargets(client, targets);
    const names = infos.flatMap(({ row: { logs } }) => [logs.out, logs.error]);
    const files = new Set(names.map((name) => resolve(client.paths.logs, name)));
    const rotation = findRotation(process.env);
    for (const file of files) await rotation.flush(file);
    return { files: files.size };
  }
}

import { OpmCommand } from '../cli/base-command.js';
import { readInfos } from '../cli/read-home.js';
import { settle } from '../cli/settle.js';
import { stopDaemon } from '../cli/stop-daemon.js';
import { plural } from '../cli/target-command.js';

export default class Kill extends OpmCommand {
  static override summary = 'Stop every program and then the daemon';
  static override description = 'What is wanted up stays wanted: `opm restore` brings it back.';
  static override examples = ['<%= config.bin %> kill'];

  async run() {
    const { flags } = await this.parse(Kill);
    const client = this.client(flags);
    const before = await readInfos(client);
    // To end what a dead daemon left running a daemon is started, but not where nothing ever ran.
    if (before.length === 0 && (await client.ask('GET /v1/daemon', {})) === null) {
      this.log(`nothing runs in ${client.paths.home}`);
      return { stopped: 0, daemon: null };
    }
    const running = before.filter(({ row }) => row.pid !== null).length;
    const { processes } = await client.change('POST /v1/shutdown', {});
    const rows = await settle(client, processes, { goal: 'stopped' });
    const left = rows.filter((row) => row.pid !== null);
    const info = await client.ask('GET /v1/daemon', {});
    if (info) await stopDaemon(client, info);
    this.log(`stopped ${plural(running - left.length)} and the daemon`);
    if (left.length > 0) this.exitWith(1);
    return {
      stopped: running - left.length,
      daemon: info?.pid ?? null,
    };
  }
}

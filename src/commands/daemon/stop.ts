import { OpmCommand } from '../../cli/base-command.js';
import { stopDaemon } from '../../cli/stop-daemon.js';

export default class DaemonStop extends OpmCommand {
  static override summary = 'Stop the daemon; the programs go on and are adopted by the next one';
  static override examples = ['<%= config.bin %> daemon stop'];

  async run() {
    const { flags } = await this.parse(DaemonStop);
    const client = this.client(flags);
    const info = await client.ask('GET /v1/daemon', {});
    if (info) await stopDaemon(client, info);
    this.log(info ? `daemon ${info.pid} stopped; its programs go on` : 'no daemon was running');
    return {
      running: false,
      stopped: info?.pid ?? null,
      home: client.paths.home,
    };
  }
}

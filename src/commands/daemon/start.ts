import { OpmCommand } from '../../cli/base-command.js';

export default class DaemonStart extends OpmCommand {
  static override summary = 'Start the daemon in the background, if it is not running';
  static override examples = ['<%= config.bin %> daemon start'];

  async run() {
    const { flags } = await this.parse(DaemonStart);
    const client = this.client(flags);
    const running = await client.ask('GET /v1/daemon', {});
    if (!running) {
      const { launchDaemon } = await import('../../client/launch-daemon.js');
      await launchDaemon(client.paths);
    }
    const info = running ?? (await client.ask('GET /v1/daemon', {}));
    if (!info)
      this.fail('DAEMON_UNREACHABLE', 'the daemon cannot be reached', '`opm daemon status`');
    this.log(`daemon ${info.pid} ${running ? 'was running' : 'started'}, home ${info.home}`);
    return info;
  }
}

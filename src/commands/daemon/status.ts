import { OpmCommand } from '../../cli/base-command.js';
import { formatAge } from '../../cli/format.js';

export default class DaemonStatus extends OpmCommand {
  static override summary = 'Say whether the daemon runs';
  static override description = 'Exit code 0 in either case; see "running".';
  static override examples = ['<%= config.bin %> daemon status --json'];

  async run() {
    const { flags } = await this.parse(DaemonStatus);
    const client = this.client(flags);
    const info = await client.ask('GET /v1/daemon', {});
    const version = this.config.version;
    if (!info) {
      this.log(`not running, home ${client.paths.home}`);
      return { running: false, pid: null, version, home: client.paths.home };
    }
    const up = formatAge(Date.now() - info.startedAt);
    this.log(`running: pid ${info.pid}, version ${info.version}, up ${up}, home ${info.home}`);
    this.log(
      `launcher ${info.launcher}, cgroups ${info.cgroups ? 'yes' : 'no'}, ${info.events} events`,
    );
    return info;
  }
}

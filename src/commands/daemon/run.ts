import { boolean } from '@oclif/core/flags';
import { OpmCommand } from '../../cli/base-command.js';
import { resolveHome } from '../../platform/paths.js';

export default class DaemonRun extends OpmCommand {
  static override summary = 'Run the daemon in the foreground';
  static override description =
    'It adopts what is alive, records what ended meanwhile, and serves until SIGTERM or SIGINT; the programs go on without it.';
  static override examples = [
    '<%= config.bin %> daemon run',
    '<%= config.bin %> daemon run --restore',
  ];
  static override flags = {
    restore: boolean({ description: 'bring up what is wanted up' }),
  };

  async run() {
    const { flags } = await this.parse(DaemonRun);
    const { runDaemon } = await import('../../daemon/main.js');
    const home = resolveHome(process.env, flags.home);
    try {
      await runDaemon({ home, restore: flags.restore, readyFd: null });
    } catch (error) {
      await super.catch(error as Error);
      process.exit(1);
    }
    this.log(`opm daemon ${process.pid} serves ${home}`);
    await new Promise(() => {});
  }
}

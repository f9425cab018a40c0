import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { OpmCommand } from '../../cli/base-command.js';
import { fromSource, packageRoot } from '../../platform/package-root.js';
import { resolveHome } from '../../platform/paths.js';

/** Runs another verb on a home, in a process of its own: what it loads shall not stay in the daemon. Its exit code. */
const verb = async (home: string, ...words: readonly string[]): Promise<number> => {
  const bin = join(packageRoot, 'bin', fromSource ? 'dev.js' : 'run.js');
  const env = { ...process.env, OPM_HOME: home };
  // Standard output stays the daemon's own, which may have to be JSON alone.
  const stdio = ['ignore', process.stderr, process.stderr] as const;
  const child = spawn(process.execPath, [bin, ...words], { env, stdio: [...stdio] });
  // One that outlived us would find no daemon and start another.
  const end = (): void => void child.kill('SIGKILL');
  for (const event of ['SIGTERM', 'SIGINT', 'exit']) process.once(event, end);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
};

export default class DaemonRun extends OpmCommand {
  static override summary = 'Run the daemon in the foreground';
  static override description =
    'It adopts what is alive, records what ended meanwhile, and serves until SIGTERM or SIGINT; the programs go on without it. With --with-programs, and always as the first process of a container, it ends them first: they would be killed unasked.';
  static override examples = [
    '<%= config.bin %> daemon run',
    '<%= config.bin %> daemon run --restore',
    '<%= config.bin %> daemon run --with-programs --apply opm.config.yaml',
  ];
  static override flags = {
    restore: boolean({ description: 'bring up what is wanted up' }),
    apply: string({
      description: 'make apps what this file says, as soon as it serves',
      helpValue: 'FILE',
    }),
    'with-programs': boolean({
      description: 'end the programs too when told to stop',
      default: process.pid === 1,
    }),
  };

  async run() {
    const { flags } = await this.parse(DaemonRun);
    const { apply: file, restore, 'with-programs': withPrograms } = flags;
    const home = resolveHome(process.env, flags.home);
    // A file that cannot be read is found before anything is started.
    if (file !== undefined && (await verb(home, 'validate', file)) !== 0) return this.exitWith(1);
    const { runDaemon } = await import('../../daemon/main.js');
    try {
      await runDaemon({ home, restore, withPrograms, readyFd: null });
    } catch (error) {
      await super.catch(error as Error);
      process.exit(1);
    }
    this.log(`opm daemon ${process.pid} serves ${home}`);
    if (file !== undefined) await verb(home, 'apply', file, '--yes');
    await new Promise(() => {});
  }
}

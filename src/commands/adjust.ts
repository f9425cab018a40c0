import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { FileCommand } from '../cli/file-command.js';
import { renderPlan } from '../cli/plan-lines.js';

export default class Adjust extends FileCommand {
  static override strict = false;
  static override usage = 'adjust APP [KEY=VALUE...] [flags]';
  static override summary =
    'Change the definition of an app in place, and say whether a restart is needed';
  static override description =
    'KEY is any key of an app file, or env.NAME for one variable; lists and objects are written as JSON. Programs go on; what only a new run shows waits for a restart, or for --restart.';
  static override examples = [
    '<%= config.bin %> adjust web max_restarts=3 env.PORT=81',
    '<%= config.bin %> adjust web --name site --restart',
    '<%= config.bin %> adjust web --command "node server.js --port 81"',
    '<%= config.bin %> adjust web --unset env.DEBUG --unset kill_timeout',
  ];
  static override args = {
    app: string({ description: 'name or id of the app, or namespace/name', required: true }),
  };
  static override flags = {
    name: text({ description: 'new name', char: 'n' }),
    command: text({ description: 'new script, or command line for the shell' }),
    unset: text({
      description: 'key or env.NAME to take away',
      helpValue: 'KEY',
      multiple: true,
      multipleNonGreedy: true,
    }),
    restart: boolean({ description: 'restart its programs if that is needed' }),
  };

  async run() {
    const { args, argv, flags } = await this.parse(Adjust);
    const words = (argv as string[]).slice(1);
    const set = {
      ...Object.fromEntries((flags.unset ?? []).map((key) => [key, null])),
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.command === undefined ? {} : this.#command(flags.command)),
      ...(await this.#settings(words)),
    };
    if (Object.keys(set).length === 0)
      this.fail('BAD_USAGE', 'there is nothing to change', 'for example max_restarts=3');
    const client = this.client(flags);
    const { plan, processes, removed } = await client.change('POST /v1/apps/adjust', {
      target: args.app,
      set,
      cwd: process.cwd(),
      restart: flags.restart ? 'changed' : 'none',
    });
    const [adjusted] = plan ?? [];
    if (flags.name !== undefined) this.log(`${args.app} is now called ${flags.name}`);
    if (adjusted) this.log(renderPlan([adjusted]));
    if (flags.restart) await this.settleApplied(flags, { processes, removed });
    const name = flags.name ?? args.app;
    if (adjusted?.outdated) this.log(`a restart is needed: opm restart ${name}`);
    return { plan, processes, restartNeeded: adjusted?.outdated ?? false };
  }

  /** A new command is read as `opm start` reads it: by what it is, not by what read the old one. */
  #command(script: string): Record<string, unknown> {
    return { script, args: null, interpreter: null, interpreter_args: null };
  }

  async #settings(words: readonly string[]): Promise<Record<string, unknown>> {
    const { readSetting } = await import('../config/read-setting.js');
    return Object.fromEntries(
      words.map((word) => {
        const [, key, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
        if (key === undefined || value === undefined)
          return this.fail('BAD_USAGE', `"${word}" is not KEY=VALUE`, 'for example max_restarts=3');
        try {
          return [key, readSetting(key, value)];
        } catch (error) {
          return this.fail('BAD_USAGE', (error as Error).message, 'docs/configuration.md has all');
        }
      }),
    );
  }
}

import { existsSync } from 'node:fs';
import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import type { ResponseOf } from '../api/routes.js';
import { fileFlags, isAppFile } from '../cli/app-files.js';
import { appFlags, keysOfFlags } from '../cli/app-flags.js';
import { FileCommand } from '../cli/file-command.js';
import { isUp } from '../cli/settle.js';
import { plural } from '../cli/target-command.js';
import { ClientError } from '../client/client-error.js';
import type { AppInput } from '../config/app-keys.js';
import { cleanBase, inheritedBase } from '../domain/environment.js';

const DEFAULT_MIN_UPTIME_MS = 1000;

type Accepted = Pick<ResponseOf<'POST /v1/apps'>, 'processes' | 'removed'>;

export default class Start extends FileCommand {
  static override strict = false;
  static override usage = 'start WHAT... [--name NAME] [flags] [-- ARG...]';
  static override summary =
    'Start a program, the apps of a file, or processes that are in the list';
  static override description =
    'WHAT is a script, a program, a quoted command line for the shell, the name or id of an existing process, or an app file (JSON, YAML, TOML, or code named *.config.js, .ts and the like). Of a file, new apps are started, changed ones restarted, and running ones that have not changed left alone. Several may be given; what stands after -- are the arguments of the program.';
  static override examples = [
    '<%= config.bin %> start server.js --name web -- --port 8080',
    '<%= config.bin %> start "caddy run --config Caddyfile" --name caddy',
    '<%= config.bin %> start worker.py --instances 4 --env QUEUE=mail',
    '<%= config.bin %> start api.js --wait-ready --max-memory-restart 300M --watch',
    '<%= config.bin %> start ecosystem.config.js --env production --only web',
    '<%= config.bin %> start web',
  ];
  static override args = {
    what: string({
      description: 'script, program, "command line", process, or app file',
      required: true,
    }),
  };
  static override flags = {
    ...appFlags,
    env: text({
      description: 'environment variable; with a file, a NAME alone puts env_NAME over env',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...fileFlags,
    wait: boolean({ description: 'wait until it has also been up for its minimum uptime' }),
  };

  async run() {
    const { argv, flags } = await this.parse(Start);
    const dashes = this.argv.indexOf('--');
    const own = dashes === -1 ? 0 : this.argv.length - dashes - 1;
    const words = argv as string[];
    const [whats, rest] = [words.slice(0, words.length - own), words.slice(words.length - own)];
    const over = {
      ...keysOfFlags(flags),
      ...(rest.length > 0 ? { args: rest } : {}),
      ...(flags.env ? { env: this.#variables(flags.env) } : {}),
    };
    if (whats.length > 1 && flags.name !== undefined) {
      const [first, ...others] = whats;
      const hint = `arguments of a program go after --: opm start ${first} -- ${others.join(' ')}`;
      this.fail('BAD_USAGE', `--name cannot name ${whats.length} programs`, hint);
    }
    const accepted = await this.#start(whats, flags, over);
    const holdMs = flags.wait ? (flags['min-uptime'] ?? DEFAULT_MIN_UPTIME_MS) : undefined;
    const rows = await this.settleApplied(flags, accepted, holdMs);
    const up = rows.filter(isUp).length;
    this.log(up === rows.length ? `${plural(up)} up` : `${up} of ${plural(rows.length)} up`);
    return rows;
  }

  #start(
    whats: readonly string[],
    flags: Awaited<ReturnType<Start['parseFlags']>>,
    over: Partial<AppInput>,
  ): Promise<Accepted> {
    const [file, another] = whats;
    if (file !== undefined && another === undefined && isAppFile(file))
      return this.#startFile(file, flags, over);
    const found = whats.find(isAppFile);
    if (found !== undefined)
      this.fail('BAD_USAGE', `${found} is an app file, which is started alone`, '--only chooses');
    return this.#startWords(whats, flags, over);
  }

  async #startFile(
    file: string,
    flags: Awaited<ReturnType<Start['parseFlags']>>,
    over: Partial<AppInput>,
  ): Promise<Accepted> {
    const [env, ...others] = (flags.env ?? []).filter((word) => !word.includes('='));
    if (others.length > 0)
      this.fail('BAD_USAGE', `--env names ${env} and ${others.join(', ')}`, 'name one of them');
    const { env: _, ...where } = flags;
    const { env: variables, ...rest } = over;
    const changed = variables && Object.keys(variables).length > 0 ? { env: variables } : {};
    return this.applyFile(file, { ...where, env }, 'changed', { ...rest, ...changed });
  }

  /** All of them or none. */
  async #startWords(
    whats: readonly string[],
    flags: Awaited<ReturnType<Start['parseFlags']>>,
    said: Partial<AppInput>,
  ): Promise<Accepted> {
    const client = this.client(flags);
    const name = flags.env?.find((word) => !word.includes('='));
    if (name !== undefined)
      this.fail('BAD_USAGE', `--env "${name}" is not KEY=VALUE`, 'for example --env PORT=80');
    if (Object.keys(said).length === 0 && !whats.some((what) => existsSync(what))) {
      // Nothing but words: existing processes, if there are any of those names.
      try {
        return await client.change('POST /v1/processes/start', { targets: [...whats] });
      } catch (error) {
        if (!(error instanceof ClientError && error.code === 'UNKNOWN_TARGET')) throw error;
        const known = await this.#suggestion(error, whats);
        if (known) throw known;
      }
    }
    const env = said.inherit_env ? inheritedBase(process.env, []) : cleanBase(process.env);
    const apps = whats.map((script) => ({ script, ...said }));
    return client.change('POST /v1/apps', { cwd: process.cwd(), env, apps, existing: 'refuse' });
  }

  /** A word that is no program either was probably a mistyped name. */
  async #suggestion(error: ClientError, whats: readonly string[]): Promise<ClientError | null> {
    const { findOnPath } = await import('../platform/executable.js');
    const isProgram = (what: string): boolean =>
      /\s/.test(what) || findOnPath(what, process.env.PATH) !== null;
    return whats.every(isProgram) || !error.hint.startsWith('did you mean') ? null : error;
  }

  #variables(words: readonly string[]): Record<string, string> {
    return Object.fromEntries(
      words
        .filter((word) => word.includes('='))
        .map((word) => {
          const cut = word.indexOf('=');
          if (cut < 1)
            this.fail('BAD_USAGE', `--env "${word}" is not KEY=VALUE`, 'for example --env PORT=80');
          return [word.slice(0, cut), word.slice(cut + 1)];
        }),
    );
  }

  /** Only for its type: the flags as parsed. */
  protected async parseFlags() {
    return (await this.parse(Start)).flags;
  }
}

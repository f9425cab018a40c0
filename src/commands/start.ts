import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { string } from '@oclif/core/args';
import { boolean, integer, string as text } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';
import { duration } from '../cli/duration-flag.js';
import { renderRows } from '../cli/process-rows.js';
import { isUp, settle } from '../cli/settle.js';
import { plural } from '../cli/target-command.js';
import { ClientError } from '../client/client-error.js';
import type { AppSpec } from '../config/app-keys.js';
import { cleanBase } from '../domain/environment.js';

const DEFAULT_MIN_UPTIME_MS = 1000;

export default class Start extends OpmCommand {
  static override strict = false;
  static override usage = 'start WHAT [--name NAME] [flags] [-- ARG...]';
  static override summary = 'Start a program, or processes that are in the list';
  static override description =
    'WHAT is a script, a program, a quoted command line for the shell, the name or id of an existing process, or a JSON file {"apps": [{"name", "script", ...}]} whose apps are started in parallel.';
  static override examples = [
    '<%= config.bin %> start server.js --name web -- --port 8080',
    '<%= config.bin %> start "caddy run --config Caddyfile" --name caddy',
    '<%= config.bin %> start worker.py --instances 4 --env QUEUE=mail',
    '<%= config.bin %> start apps.json',
    '<%= config.bin %> start web',
  ];
  static override args = {
    what: string({
      description: 'script, program, "command line", process, or JSON file',
      required: true,
    }),
  };
  static override flags = {
    name: text({ description: 'name of the app', char: 'n' }),
    namespace: text({ description: 'namespace of the app' }),
    cwd: text({ description: 'working directory', helpValue: 'DIR' }),
    env: text({
      description: 'environment variable',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    interpreter: text({
      description: 'program that reads the script; "none" runs it directly',
    }),
    instances: integer({ description: 'how many of it', char: 'i', min: 1 }),
    'no-autorestart': boolean({
      description: 'do not start it again when it ends',
    }),
    'max-restarts': integer({
      description: 'restarts after unstable runs within the window',
      min: 0,
    }),
    'restart-window': duration({
      description: 'sliding window of --max-restarts',
    }),
    'min-uptime': duration({ description: 'a shorter run is unstable' }),
    'restart-delay': duration({ description: 'pause before each restart' }),
    'exp-backoff-restart-delay': duration({
      description: 'first pause of a growing back-off',
    }),
    'kill-timeout': duration({
      description: 'time from the kill signal to SIGKILL',
    }),
    'kill-signal': text({ description: 'signal that asks the program to end' }),
    'no-treekill': boolean({
      description: 'leave what the program started alive when it ends',
    }),
    wait: boolean({
      description: 'wait until it has been up for its minimum uptime',
    }),
  };

  async run() {
    const { args, argv, flags } = await this.parse(Start);
    const client = this.client(flags);
    const rest = (argv as string[]).slice(1);
    const processes = await this.#request(args.what, rest, flags);
    const holdMs = flags.wait ? (flags['min-uptime'] ?? DEFAULT_MIN_UPTIME_MS) : undefined;
    const rows = await settle(client, processes, {
      goal: 'up',
      ...(holdMs ? { holdMs } : {}),
    });
    const up = rows.filter(isUp).length;
    this.log(up === rows.length ? `${plural(up)} up` : `${up} of ${plural(rows.length)} up`);
    this.log(renderRows(rows));
    if (up < rows.length) {
      this.exitWith(1);
      if (!this.jsonEnabled()) await this.#tellWhy(client.paths.logs, rows);
    }
    return rows;
  }

  async #tellWhy(folder: string, rows: Awaited<ReturnType<typeof settle>>): Promise<void> {
    const { lastLinesOf } = await import('../cli/run-output.js');
    for (const row of rows.filter((candidate) => !isUp(candidate))) {
      const lines = lastLinesOf(folder, row.logs.error, { from: null, to: null }, 10);
      if (lines.length > 0)
        this.logToStderr(`\n${row.name}, last error output:\n${lines.join('\n')}`);
    }
  }

  async #request(
    what: string,
    rest: readonly string[],
    flags: Awaited<ReturnType<Start['parseFlags']>>,
  ): Promise<readonly number[]> {
    const client = this.client(flags);
    const origin = { cwd: process.cwd(), env: cleanBase(process.env) };
    if (what.endsWith('.json') && existsSync(what)) {
      const { readAppFile } = await import('../config/read-file.js');
      const { path, apps } = await readAppFile(what, { envName: null, lenient: false });
      const from = { cwd: dirname(path), source: path, env: origin.env };
      const body = { ...from, apps: [...apps], existing: 'start' as const };
      return (await client.change('POST /v1/apps', body)).processes;
    }
    const spec = this.#specOf(what, rest, flags);
    if (Object.keys(spec).length === 1 && !existsSync(what)) {
      // Nothing but a word: an existing process, if there is one of that name.
      try {
        const body = { targets: [what] };
        return (await client.change('POST /v1/processes/start', body)).processes;
      } catch (error) {
        if (!(error instanceof ClientError && error.code === 'UNKNOWN_TARGET')) throw error;
        const known = await this.#suggestion(error, what);
        if (known) throw known;
      }
    }
    const body = { ...origin, apps: [spec], existing: 'refuse' as const };
    return (await client.change('POST /v1/apps', body)).processes;
  }

  /** A word that is no program either was probably a mistyped name. */
  async #suggestion(error: ClientError, what: string): Promise<ClientError | null> {
    const { findOnPath } = await import('../platform/executable.js');
    const isProgram = /\s/.test(what) || findOnPath(what, process.env.PATH) !== null;
    return isProgram || !error.hint.startsWith('did you mean') ? null : error;
  }

  #specOf(
    script: string,
    args: readonly string[],
    flags: Awaited<ReturnType<Start['parseFlags']>>,
  ): AppSpec {
    const given = {
      name: flags.name,
      namespace: flags.namespace,
      cwd: flags.cwd,
      env: flags.env && this.#environment(flags.env),
      interpreter: flags.interpreter,
      instances: flags.instances,
      autorestart: flags['no-autorestart'] ? false : undefined,
      max_restarts: flags['max-restarts'],
      restart_window: flags['restart-window'],
      min_uptime: flags['min-uptime'],
      restart_delay: flags['restart-delay'],
      exp_backoff_restart_delay: flags['exp-backoff-restart-delay'],
      kill_timeout: flags['kill-timeout'],
      kill_signal: flags['kill-signal'],
      treekill: flags['no-treekill'] ? false : undefined,
      args: args.length > 0 ? [...args] : undefined,
    };
    const set = Object.entries(given).filter(([, value]) => value !== undefined);
    return { script, ...Object.fromEntries(set) };
  }

  #environment(pairs: readonly string[]): Record<string, string> {
    return Object.fromEntries(
      pairs.map((pair) => {
        const cut = pair.indexOf('=');
        if (cut < 1)
          this.fail('BAD_USAGE', `--env "${pair}" is not KEY=VALUE`, 'for example --env PORT=80');
        return [pair.slice(0, cut), pair.slice(cut + 1)];
      }),
    );
  }

  /** Only for its type: the flags as parsed. */
  protected async parseFlags() {
    return (await this.parse(Start)).flags;
  }
}

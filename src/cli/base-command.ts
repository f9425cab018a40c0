import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import { string } from '@oclif/core/flags';
import { Client } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import { nearest } from '../domain/nearest.js';
import { currentActor } from '../platform/actor.js';
import { resolveHome } from '../platform/paths.js';
import type { Row } from '../projections/process-table.js';
import { insteadOfPm2Flag } from './pm2-flags.js';

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What the parser adds around the sentence that matters. */
const inOneSentence = (message: string): string =>
  message
    .replace(/\nSee more help with --help$/, '')
    .replace(/\n\nNote: --\S+ allows multiple values.*$/s, '')
    .replace(/^Parsing (--\S+) \n\t/, '$1: ')
    .trim();

const CWD_GONE: Failure = {
  code: 'CWD_NOT_USABLE',
  message: 'the folder that this was asked from is not there any more',
  hint: 'go to another folder (cd), and ask again',
};

/** Every error as its code, what happened, and what to do about it. */
const describe = (error: Error): Failure => {
  const { code, hint, message, syscall } = error as Error & {
    code?: unknown;
    hint?: unknown;
    syscall?: unknown;
  };
  if (syscall === 'uv_cwd') return CWD_GONE;
  const usage =
    ('oclif' in error && 'parse' in error) || /^(Parsing --|Expected an integer)/.test(message);
  return {
    code: usage ? 'BAD_USAGE' : typeof code === 'string' ? code : 'FAILED',
    message: inOneSentence(message),
    hint: typeof hint === 'string' ? hint : usage ? '--help shows how it is used' : '',
  };
};

/** What all verbs share: the home, `--json`, and how errors are told. */
export abstract class OpmCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {
    home: string({
      description: 'folder that opm lives in',
      env: 'OPM_HOME',
      helpGroup: 'GLOBAL',
      helpValue: 'DIR',
    }),
  };

  /** Runs this command; `run`, which it inherits, looks for the whole package first. */
  static begin(
    this: new (
      argv: string[],
      config: Config,
    ) => OpmCommand,
    argv: string[],
    config: Config,
  ): Promise<unknown> {
    return new this(argv, config)._run();
  }

  /** A failpoint that does not exist is refused here, whether or not a daemon will ever be launched with it. */
  protected override async init(): Promise<void> {
    await super.init();
    const { OPM_FAILPOINT } = process.env;
    if (OPM_FAILPOINT === undefined) return;
    const { readFailpoint } = await import('../daemon/failpoints.js');
    readFailpoint(OPM_FAILPOINT);
  }

  protected client(flags: { readonly home?: string | undefined }): Client {
    return new Client({
      home: resolveHome(process.env, flags.home),
      actor: currentActor(process.argv.slice(2)),
      newKey: async () => (await import('nanoid/non-secure')).nanoid(),
    });
  }

  /** Ends with this code once everything is printed. */
  protected exitWith(code: number): void {
    process.exitCode = code;
  }

  protected fail(code: string, message: string, hint: string): never {
    throw new ClientError(code, message, hint);
  }

  /** On standard error: why what should be up is not. */
  protected async tellWhyNotUp(client: Client, rows: readonly Row[]): Promise<void> {
    const { whyNotUp } = await import('./why-not-up.js');
    const text = await whyNotUp(client, rows);
    if (text !== '') this.logToStderr(`\n${text}`);
  }

  #described(error: Error): Failure {
    const failure = describe(error);
    const unknown = /^Nonexistent flags?: (.+)$/s.exec(failure.message)?.[1]?.split(', ') ?? [];
    const flags = [...Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags }), 'json', 'help'];
    const hints = unknown.flatMap((flag) => {
      const instead = insteadOfPm2Flag(flag);
      const meant = flag.startsWith('--') ? nearest(flag.slice(2), flags) : null;
      if (instead !== null) return [unknown.length > 1 ? `${flag}: ${instead}` : instead];
      return meant === null ? [] : [`did you mean --${meant}?`];
    });
    return hints.length === 0 ? failure : { ...failure, hint: hints.join('\n     ') };
  }

  protected override toErrorJson(error: unknown): { error: Failure } {
    return { error: this.#described(error as Error) };
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<unknown> {
    const { oclif } = error as { oclif?: { exit?: number } };
    if (oclif?.exit === 0) throw error;
    const { code, message, hint } = this.#described(error);
    this.exitWith(code === 'BAD_USAGE' ? 2 : (oclif?.exit ?? 1));
    if (this.jsonEnabled()) {
      this.logJson(this.toErrorJson(error));
      return undefined;
    }
    this.logToStderr(`opm: ${message}${code === 'FAILED' ? '' : ` [${code}]`}`);
    if (hint) this.logToStderr(`     ${hint}`);
    if (code === 'FAILED' && process.env.OPM_DEBUG) this.logToStderr(error.stack);
    return undefined;
  }
}

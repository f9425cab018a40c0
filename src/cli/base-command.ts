import { Command } from '@oclif/core/command';
import { string } from '@oclif/core/flags';
import { Client } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import { currentActor } from '../platform/actor.js';
import { resolveHome } from '../platform/paths.js';

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Every error as its code, what happened, and what to do about it. */
const describe = (error: Error): Failure => {
  const { code, hint, message } = error as Error & {
    code?: unknown;
    hint?: unknown;
  };
  const usage = 'oclif' in error && 'parse' in error;
  return {
    code: usage ? 'BAD_USAGE' : typeof code === 'string' ? code : 'FAILED',
    message: message.replace(/\nSee more help with --help$/, '').trim(),
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

  protected client(flags: { readonly home?: string | undefined }): Client {
    return new Client({
      home: resolveHome(process.env, flags.home),
      actor: currentActor(process.argv.slice(2)),
      newKey: async () => (await import('nanoid')).nanoid(),
    });
  }

  /** Ends with this code once everything is printed. */
  protected exitWith(code: number): void {
    process.exitCode = code;
  }

  protected fail(code: string, message: string, hint: string): never {
    throw new ClientError(code, message, hint);
  }

  protected override toErrorJson(error: unknown): { error: Failure } {
    return { error: describe(error as Error) };
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<unknown> {
    const { oclif } = error as { oclif?: { exit?: number } };
    if (oclif?.exit === 0) throw error;
    this.exitWith(oclif?.exit ?? 1);
    if (this.jsonEnabled()) {
      this.logJson(this.toErrorJson(error));
      return undefined;
    }
    const { code, message, hint } = describe(error);
    this.logToStderr(`opm: ${message}${code === 'FAILED' ? '' : ` [${code}]`}`);
    if (hint) this.logToStderr(`     ${hint}`);
    if (code === 'FAILED' && process.env.OPM_DEBUG) this.logToStderr(error.stack);
    return undefined;
  }
}

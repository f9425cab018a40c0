import { dirname, resolve } from 'node:path';
import { string } from '@oclif/core/args';
import type { MutationRoute } from '../api/routes.js';
import { ClientError } from '../client/client-error.js';
import { unreadable } from '../config/unreadable.js';
import type { Row } from '../projections/process-table.js';
import { type FileFlags, isAppFile, missingAppFile, targetsOfFile } from './app-files.js';
import { FileCommand } from './file-command.js';
import { renderRows } from './process-rows.js';
import { settle } from './settle.js';

type TargetRoute = Extract<
  MutationRoute,
  `POST /v1/processes/${'start' | 'stop' | 'restart' | 'delete' | 'reset'}`
>;

interface Effect {
  readonly route: TargetRoute;
  readonly goal: 'up' | 'down' | 'gone' | null;
  /** Said before the table, with how many. */
  readonly said: (count: number) => string;
}

export const plural = (count: number): string =>
  `${count} ${count === 1 ? 'process' : 'processes'}`;

/** What every such verb takes; oclif looks for it in the class itself, not in its parents. */
export const targetArgs = {
  target: string({
    description:
      'id, name, namespace, namespace/name, all, /regex/, or an app file; several may be given',
    required: true,
  }),
};

/** A verb that does one thing to the processes that its targets name. */
export abstract class TargetCommand extends FileCommand {
  protected async change(
    flags: FileFlags & { readonly home?: string | undefined },
    words: readonly string[],
    effect: Effect,
  ): Promise<readonly Row[]> {
    const client = this.client(flags);
    const targets = await this.targets(words, flags);
    const { processes } = await client.change(effect.route, { targets });
    const rows = await settle(client, processes, {
      goal: effect.goal ?? 'down',
    });
    this.log(effect.said(processes.length));
    if (rows.length > 0) this.log(renderRows(rows));
    return rows;
  }

  /** The targets as typed, with the apps of each file in its place. */
  protected async targets(words: readonly string[], flags: FileFlags): Promise<string[]> {
    const named = words.map((word) =>
      isAppFile(word) ? targetsOfFile(word, flags, this.tell) : [word],
    );
    return (await Promise.all(named)).flat();
  }

  /** A word that reads as a file, where neither a process nor a file is of that name, was meant as a file. */
  protected override async catch(error: Error): Promise<unknown> {
    const file = missingAppFile(this.argv);
    if (file === undefined || !(error instanceof ClientError) || error.code !== 'UNKNOWN_TARGET')
      return super.catch(error);
    const message = `${error.message}, and there is no such file in ${dirname(resolve(file))}`;
    return super.catch(new ClientError(error.code, message, unreadable(file)?.hint ?? error.hint));
  }
}

import type { InputOf, ResponseOf } from '../api/routes.js';
import type { AppInput } from '../config/app-keys.js';
import type { RestartScope } from '../domain/request.js';
import type { Row } from '../projections/process-table.js';
import { describeFile, type FileFlags } from './app-files.js';
import { OpmCommand } from './base-command.js';
import { renderRows } from './process-rows.js';
import { isUp, settle } from './settle.js';

type Applied = ResponseOf<'POST /v1/apps/apply'>;

/** A verb that can take an app file. */
export abstract class FileCommand extends OpmCommand {
  /** Warnings are no result: they never mix with it. */
  protected readonly tell = (message: string): void => this.logToStderr(`opm: ${message}`);

  /** Makes the apps of a file what it says, as `opm apply --yes` does; `over` covers what the file says of each. */
  protected async applyFile(
    file: string,
    flags: FileFlags & { readonly home?: string | undefined },
    restart: RestartScope,
    over: Partial<AppInput> = {},
  ): Promise<Applied> {
    const described = await describeFile(file, flags, this.tell);
    const apps = described.apps.map((app) => ({
      ...app,
      ...over,
      ...(over.env ? { env: { ...app.env, ...over.env } } : {}),
    }));
    return this.carryOut(flags, { ...described, apps, restart, prune: false, agreed: null });
  }

  protected carryOut(
    flags: { readonly home?: string | undefined },
    body: InputOf<'POST /v1/apps/apply'>,
  ): Promise<Applied> {
    return this.client(flags).change('POST /v1/apps/apply', body);
  }

  /** Code of an app file may have left a timer or a connection behind: nobody waits for those. */
  protected override async _run<T>(): Promise<T> {
    const result = await super._run<T>();
    const { stdout, stderr } = process;
    // A turn later: by then it is known whether what was printed could be written.
    stdout.write('', () => stderr.write('', () => setImmediate(() => process.exit())));
    return result;
  }

  /** Waits for what was applied, and shows it; exit code 1 when something that is wanted up is not. */
  protected async settleApplied(
    flags: { readonly home?: string | undefined },
    { processes, removed }: Pick<Applied, 'processes' | 'removed'>,
    holdMs?: number,
  ): Promise<readonly Row[]> {
    const client = this.client(flags);
    if (removed.length > 0) await settle(client, removed, { goal: 'gone' });
    const rows = await settle(client, processes, { goal: 'up', ...(holdMs ? { holdMs } : {}) });
    if (rows.length > 0) this.log(renderRows(rows));
    const failed = rows.filter((row) => row.wanted === 'up' && !isUp(row));
    if (failed.length > 0) {
      this.exitWith(1);
      if (!this.jsonEnabled()) await this.tellWhyNotUp(client, failed);
    }
    return rows;
  }
}

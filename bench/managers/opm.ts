import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/platform/package-root.js';
import { call, type Manager, type Program, run, type Session } from './manager.js';

const BIN = join(packageRoot, 'bin/run.js');

/** The command line of opm, as a user types it. */
export const opmArgv = (...args: readonly string[]): readonly string[] => [
  process.execPath,
  BIN,
  ...args,
];

const SERVED_MS = 120_000;

/** Nothing of a history is dropped, whatever its age. */
export const KEEP_ALL = { OPM_HISTORY_KEEP: 'all', OPM_HISTORY_EVENTS: 'all' } as const;

const appFile = (programs: readonly Program[]): string =>
  JSON.stringify({
    apps: programs.map(({ name, file, args, interpreter, output }) => ({
      name,
      script: file,
      args,
      interpreter: interpreter ?? 'none',
      restart_delay: 0,
      min_uptime: 0,
      ...(output === 'timestamped' ? { time: true } : {}),
    })),
  });

/** The socket of the daemon whose home is in this folder. */
export const socketIn = (folder: string): string => join(folder, 'home/opm.sock');

/** Ends the daemon whose home is in this folder; its programs stay. */
export const stopDaemon = (folder: string): Promise<string> =>
  run(opmArgv('daemon', 'stop'), folder, { OPM_HOME: join(folder, 'home') });

interface ListedRow {
  readonly pid: number | null;
}

class OpmSession implements Session {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(folder: string) {
    this.#folder = folder;
    const home = join(folder, 'home');
    // A history that was made beforehand looks old.
    this.#env = { OPM_HOME: home, ...KEEP_ALL };
    // None of the peers rotates a log unless it is told to.
    writeFileSync(join(home, 'settings.json'), JSON.stringify({ logs: { max_size: '100G' } }));
  }

  #run(...args: readonly string[]): Promise<string> {
    return run(opmArgv(...args), this.#folder, this.#env);
  }

  async boot(): Promise<void> {
    await this.#run('daemon', 'start').catch(async (error: Error) => {
      // The command does not wait for ever; the daemon goes on with what there is to read.
      if (!error.message.includes('DAEMON_SILENT')) throw error;
      await this.#served();
    });
  }

  async #served(): Promise<void> {
    const deadline = performance.now() + SERVED_MS;
    for (;;) {
      const [pid] = await this.roots().catch(() => []);
      if (typeof pid === 'number') return;
      if (performance.now() > deadline) throw new Error(`no daemon after ${SERVED_MS} ms`);
    }
  }

  async start(programs: readonly Program[]): Promise<void> {
    const file = join(this.#folder, 'apps.json');
    writeFileSync(file, appFile(programs));
    await this.#run('start', file);
  }

  list(): Promise<string> {
    return this.#run('list');
  }

  async stopAll(): Promise<void> {
    await this.#run('stop', 'all');
  }

  readonly restore = {
    // Nothing is lost that would have to be saved.
    save: async (): Promise<void> => {},
    prepare: async (): Promise<void> => {
      await this.#run('kill');
    },
    run: () => call(opmArgv('restore'), this.#folder, this.#env),
    listed: async (): Promise<readonly number[]> => {
      const rows = JSON.parse(await this.#run('list', '--json')) as ListedRow[];
      return rows.flatMap(({ pid }) => pid ?? []);
    },
  };

  async roots(): Promise<readonly number[]> {
    const { pid } = JSON.parse(await this.#run('daemon', 'status', '--json')) as { pid: number };
    return [pid];
  }

  outputOf({ name }: Program): string {
    return join(this.#folder, 'home/logs', `${name}-out.log`);
  }
}

/** The opm of this working copy, as it was built. */
export const opm = (): Manager => {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { name: 'opm', version, open: (folder) => new OpmSession(folder) };
};

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, type Manager, type Program, run, type Session } from './manager.js';

/** Restarts that nobody reaches: giving up is another row's matter. */
const NO_LIMIT = 1_000_000;

const appFile = (folder: string, programs: readonly Program[]): string =>
  JSON.stringify({
    apps: programs.map(({ name, file, args, interpreter, output }) => ({
      name,
      script: file,
      args,
      cwd: folder,
      interpreter: interpreter ?? 'none',
      restart_delay: 0,
      min_uptime: 0,
      max_restarts: NO_LIMIT,
      ...(output === 'timestamped' ? { log_date_format: 'YYYY-MM-DDTHH:mm:ss.SSSZ' } : {}),
    })),
  });

/** Longer than a restore takes by far; one that hangs is killed. */
const RESTORE_MS = 15_000;

interface Listed {
  readonly pid: number;
}

class Pm2Session implements Session {
  readonly #bin: string;
  readonly #folder: string;
  readonly #home: string;

  constructor(bin: string, folder: string) {
    this.#bin = bin;
    this.#folder = folder;
    this.#home = join(folder, 'home');
  }

  #argv(...args: readonly string[]): readonly string[] {
    return [process.execPath, this.#bin, ...args];
  }

  #run(...args: readonly string[]): Promise<string> {
    return run(this.#argv(...args), this.#folder, { PM2_HOME: this.#home });
  }

  async boot(): Promise<void> {
    await this.#run('ping');
  }

  async start(programs: readonly Program[]): Promise<void> {
    const file = join(this.#folder, 'apps.json');
    writeFileSync(file, appFile(this.#folder, programs));
    await this.#run('start', file);
  }

  list(): Promise<string> {
    return this.#run('list');
  }

  async stopAll(): Promise<void> {
    await this.#run('stop', 'all');
  }

  readonly restore = {
    save: async (): Promise<void> => {
      await this.#run('save');
    },
    prepare: async (): Promise<void> => {
      await this.#run('save');
      await this.#run('kill');
    },
    run: () => call(this.#argv('resurrect'), this.#folder, { PM2_HOME: this.#home }, RESTORE_MS),
    listed: async (): Promise<readonly number[]> => {
      const text = await this.#run('jlist');
      const rows = JSON.parse(text.slice(text.indexOf('[{'))) as Listed[];
      return rows.map(({ pid }) => pid).filter((pid) => pid > 0);
    },
  };

  async roots(): Promise<readonly number[]> {
    return [Number(readFileSync(join(this.#home, 'pm2.pid'), 'utf8'))];
  }

  outputOf({ name }: Program): string {
    return join(this.#home, 'logs', `${name}-out.log`);
  }
}

/** PM2 from a folder that it was installed into. */
export const pm2 = (folder: string): Manager => {
  const root = join(folder, 'node_modules/pm2');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return {
    name: 'PM2',
    version,
    open: (home) => new Pm2Session(join(root, 'bin/pm2'), home),
  };
};

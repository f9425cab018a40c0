import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, type Manager, type Program, run, type Session } from './manager.js';

const BOOT_MS = 30_000;

const settings = (home: string): string => `
[unix_http_server]
file=${home}/supervisor.sock
[supervisord]
logfile=${home}/supervisord.log
pidfile=${home}/supervisord.pid
childlogdir=${home}
minfds=16384
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${home}/supervisor.sock
`;

const section = (home: string, { name, file, args, interpreter }: Program): string => `
[program:${name}]
command=${[...(interpreter === null ? [] : [interpreter]), file, ...args].join(' ')}
autorestart=true
startsecs=0
stdout_logfile=${home}/${name}.out
stdout_logfile_maxbytes=0
stderr_logfile=${home}/${name}.err
stderr_logfile_maxbytes=0
`;

class SupervisorSession implements Session {
  readonly restore = null;
  readonly #folder: string;
  readonly #home: string;
  readonly #file: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#home = join(folder, 'home');
    this.#file = join(folder, 'supervisord.conf');
    writeFileSync(this.#file, settings(this.#home));
  }

  #ctl(...args: readonly string[]): readonly string[] {
    return ['supervisorctl', '-c', this.#file, ...args];
  }

  async boot(): Promise<void> {
    await run(['supervisord', '-c', this.#file], this.#folder);
    // It answers only some time after it has gone into the background.
    const deadline = performance.now() + BOOT_MS;
    while ((await call(this.#ctl('pid'), this.#folder)).code !== 0) {
      if (performance.now() > deadline) throw new Error('supervisord does not answer');
    }
  }

  async start(programs: readonly Program[]): Promise<void> {
    const sections = programs.map((program) => section(this.#home, program));
    writeFileSync(this.#file, [settings(this.#home), ...sections].join(''));
    const isUp = (await this.roots()).length > 0;
    const argv = isUp ? this.#ctl('update') : ['supervisord', '-c', this.#file];
    await run(argv, this.#folder);
  }

  async list(): Promise<string> {
    return (await call(this.#ctl('status'), this.#folder)).stdout();
  }

  async stopAll(): Promise<void> {
    await run(this.#ctl('stop', 'all'), this.#folder);
  }

  async roots(): Promise<readonly number[]> {
    try {
      return [Number(readFileSync(join(this.#home, 'supervisord.pid'), 'utf8'))];
    } catch {
      return [];
    }
  }

  outputOf({ name, output }: Program): string | null {
    return output === 'timestamped' ? null : join(this.#home, `${name}.out`);
  }
}

/** The supervisor that is installed here. */
export const supervisor = (version: string): Manager => ({
  name: 'supervisor',
  version,
  open: (folder) => new SupervisorSession(folder),
});

import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, type Manager, type Program, run, type Session } from './manager.js';

const runScript = ({ file, args, interpreter }: Program): string =>
  `#!/bin/sh\nexec ${[...(interpreter === null ? [] : [interpreter]), file, ...args].join(' ')}\n`;

const executable = { mode: 0o755 };

class RunitSession implements Session {
  readonly restore = null;
  readonly #folder: string;
  readonly #services: string;
  readonly #active: string;
  #pid: number | null = null;

  constructor(folder: string) {
    this.#folder = folder;
    this.#services = join(folder, 'home/sv');
    this.#active = join(folder, 'home/service');
    mkdirSync(this.#services);
    mkdirSync(this.#active);
  }

  async boot(): Promise<void> {
    const env = { PATH: process.env.PATH, HOME: this.#folder };
    const child = spawn('runsvdir', ['-P', this.#active], { env, stdio: 'ignore', detached: true });
    child.unref();
    this.#pid = child.pid ?? null;
  }

  async start(programs: readonly Program[]): Promise<void> {
    for (const program of programs) {
      const service = join(this.#services, program.name);
      mkdirSync(service);
      writeFileSync(join(service, 'run'), runScript(program), executable);
      if (program.output) this.#addLog(service, program.output);
      symlinkSync(service, join(this.#active, program.name));
    }
    if (this.#pid === null) await this.boot();
  }

  #addLog(service: string, output: 'plain' | 'timestamped'): void {
    const folder = join(service, 'lines');
    mkdirSync(folder);
    writeFileSync(join(folder, 'config'), 's1000000000\n');
    mkdirSync(join(service, 'log'));
    const flags = output === 'timestamped' ? '-tt ' : '';
    writeFileSync(
      join(service, 'log/run'),
      `#!/bin/sh\nexec svlogd ${flags}${folder}\n`,
      executable,
    );
  }

  #all(): readonly string[] {
    return readdirSync(this.#active).map((name) => join(this.#active, name));
  }

  async list(): Promise<string> {
    return (await call(['sv', 'status', ...this.#all()], this.#folder)).stdout();
  }

  async stopAll(): Promise<void> {
    await run(['sv', 'stop', ...this.#all()], this.#folder);
  }

  async roots(): Promise<readonly number[]> {
    return this.#pid === null ? [] : [this.#pid];
  }

  outputOf({ name }: Program): string {
    return join(this.#services, name, 'lines/current');
  }
}

/** The runit that is installed here. */
export const runit = (version: string): Manager => ({
  name: 'runit',
  version,
  open: (folder) => new RunitSession(folder),
});

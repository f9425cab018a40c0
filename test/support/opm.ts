import { execFile, spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Recorded } from '../../src/domain/event.js';
import { readStat } from '../../src/platform/proc.js';
import type { Row } from '../../src/projections/process-table.js';
import { eventually } from './eventually.js';
import { cleanUp, Roster, strays, tempHome } from './programs.js';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const CALL_LIMIT_MS = 60_000;

export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** One home with its daemon and programs, driven through the command line as a user would. */
export class Opm {
  readonly home: string;
  readonly #env: Record<string, string>;
  readonly #user: User | null;

  /** Where a user is named, the home is theirs, and so is everything that is run. */
  constructor(home = tempHome(), env: Record<string, string> = {}, user: User | null = null) {
    this.home = home;
    this.#env = user ? { ...env, HOME: home } : env;
    this.#user = user;
    this.handOver(home);
  }

  /** Gives a file or folder to the user that runs opm. */
  handOver(path: string): void {
    if (this.#user) chownSync(path, this.#user.uid, this.#user.gid);
  }

  get env(): NodeJS.ProcessEnv {
    const { OPM_SPAWN_KEY: _, ...env } = process.env;
    return { ...env, NO_COLOR: '1', ...this.#env, OPM_HOME: this.home };
  }

  /** Runs one command line, whatever it exits with. */
  call(...args: string[]): Promise<Called> {
    return new Promise((resolve) => {
      const options = {
        ...this.#user,
        env: this.env,
        timeout: CALL_LIMIT_MS,
        cwd: existsSync(this.home) && statSync(this.home).isDirectory() ? this.home : '/',
      };
      execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** Runs one command line that has to succeed. */
  async run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.call(...args);
    expect(code, `opm ${args.join(' ')}\n${stdout}${stderr}`).to.equal(0);
    return stdout;
  }

  async json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr } = await this.call(...args, '--json');
    try {
      return JSON.parse(stdout) as T;
    } catch (error) {
      throw new Error(`opm ${args.join(' ')}: no JSON: ${stdout}${stderr}`, { cause: error });
    }
  }

  rows(): Promise<Row[]> {
    return this.json<Row[]>('list');
  }

  async row(name: string): Promise<Row> {
    const found = (await this.rows()).find((row) => row.name === name);
    if (!found) throw new Error(`no process ${name}`);
    return found;
  }

  /** Waits until a process has this status. */
  status(name: string, status: Row['status'], deadlineMs?: number): Promise<Row> {
    return eventually(
      `${name} is ${status}`,
      async () => {
        const row = await this.row(name);
        return row.status === status ? row : null;
      },
      deadlineMs,
    ) as Promise<Row>;
  }

  /** All events, oldest first. */
  async events(): Promise<readonly Recorded[]> {
    const text = await this.run('history', '--json');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Recorded);
  }

  async eventTypes(): Promise<readonly string[]> {
    return (await this.events()).map(({ type }) => type);
  }

  async daemonPid(): Promise<number | null> {
    return (await this.json<{ pid: number | null }>('daemon', 'status')).pid;
  }

  /** SIGKILL to the daemon, by pid; resolves when it is gone. */
  async killDaemon(): Promise<void> {
    const pid = await this.daemonPid();
    if (pid === null) throw new Error('no daemon to kill');
    process.kill(pid, 'SIGKILL');
    await eventually('the daemon is gone', () => {
      const stat = readStat(pid);
      return !stat || stat.state === 'Z';
    });
  }

  /** An app file with several roster programs. */
  appFile(rosters: readonly Roster[]): string {
    const apps = rosters.map((roster) => ({
      name: roster.name,
      script: roster.script,
      args: [roster.file],
    }));
    const path = join(this.home, 'apps.json');
    writeFileSync(path, JSON.stringify({ apps }));
    return path;
  }

  /** Text of every run file of the home, by spawn key. */
  runFiles(): Map<string, string> {
    const files = new Map<string, string>();
    for (const epoch of readdirSync(join(this.home, 'run'))) {
      const folder = join(this.home, 'run', epoch, 'runs');
      for (const key of readdirSync(folder))
        files.set(key, readFileSync(join(folder, key), 'utf8'));
    }
    return files;
  }

  /** Starts a command line and does not wait for it. */
  spawn(...args: string[]): ReturnType<typeof spawn> {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    return spawn(process.execPath, [BIN, ...args], {
      ...this.#user,
      env: this.env,
      stdio: [...stdio],
    });
  }

  /** Ends everything of the home and proves that nothing is left. */
  async end(): Promise<void> {
    await this.call('kill');
    await eventually(`nothing of ${this.home} is left`, () => strays(this.home).length === 0);
  }
}

/** As many rosters as asked for, in a folder of the home. */
export const rostersIn = (opm: Opm, count: number): Roster[] => {
  const folder = join(opm.home, 'programs');
  mkdirSync(folder, { recursive: true });
  opm.handOver(folder);
  return Array.from({ length: count }, (_, i) => new Roster(folder, `app${i}`));
};

/** Every roster has exactly one living copy, and it is the one that the list shows. */
export const expectOneEach = async (opm: Opm, rosters: readonly Roster[]): Promise<void> => {
  const rows = await opm.rows();
  for (const roster of rosters) {
    const pids = roster.living().map(({ pid }) => pid);
    expect(pids, `living copies of ${roster.name}`).to.have.length(1);
    const row = rows.find(({ name }) => name === roster.name);
    expect(row?.pid, `pid of ${roster.name} in the list`).to.equal(pids[0]);
    expect(row?.status).to.equal('online');
  }
};

export { cleanUp };

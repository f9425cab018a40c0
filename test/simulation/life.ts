import type { Handlers } from '../../src/api/service.js';
import { createHandlers, type HandlerDeps } from '../../src/daemon/handlers.js';
import { stateAt } from '../../src/daemon/snapshot.js';
import { Supervisor } from '../../src/daemon/supervisor.js';
import type { State } from '../../src/domain/state.js';
import type { EventLog } from '../../src/log/event-log.js';
import { AgendaScheduler } from './agenda.js';
import type { Disk, DiskAccess } from './disk.js';
import type { Proc } from './kernel.js';
import { SpawnServer } from './launcher.js';
import type { Machine } from './machine.js';
import { type Caller, simulatedOs } from './os.js';

/** Where a life ends: before or after its nth system call. */
export interface DeathAt {
  readonly call: number;
  readonly when: 'before' | 'after';
}

export interface LifeDeps {
  readonly machine: Machine;
  readonly disk: Disk;
  /** Counts the daemons of one run, from 1. */
  readonly number: number;
  readonly deathAt: DeathAt | null;
  /** Told once when it is over, however that came. */
  readonly ended: () => void;
}

/** One life of the daemon: the real supervisor on the simulated machine, until it dies. */
export class Life implements Caller, DiskAccess {
  readonly #deps: LifeDeps;
  readonly #machine: Machine;
  readonly #proc: Proc;
  readonly spawner: SpawnServer;
  #calls = 0;
  #alive = true;
  #supervisor: Supervisor | null = null;
  #log: EventLog | null = null;
  #handlers: Handlers | null = null;

  constructor(deps: LifeDeps) {
    this.#deps = deps;
    this.#machine = deps.machine;
    const birth = { role: 'daemon', parent: 1, comm: 'node', mark: null, leads: true } as const;
    this.#proc = this.#machine.kernel.fork({ ...birth, onSignal: () => {} });
    this.spawner = new SpawnServer(this.#machine, (act) => this.hear(0, act));
    this.#tell(`begins as pid ${this.pid}`);
  }

  get pid(): number {
    return this.#proc.pid;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** What clients talk to; null before it serves. */
  get serving(): { readonly supervisor: Supervisor; readonly handlers: Handlers } | null {
    const [supervisor, handlers] = [this.#supervisor, this.#handlers];
    return this.#alive && supervisor && handlers ? { supervisor, handlers } : null;
  }

  get state(): State | null {
    return this.#supervisor?.loop.state ?? null;
  }

  /** What `main.ts` does: opens the log, folds it, looks after what is there, then serves. */
  async boot(): Promise<void> {
    const { disk, number } = this.#deps;
    const { paths, epoch, agenda } = this.#machine;
    const log = disk.open(this);
    const scheduler = new AgendaScheduler(
      agenda,
      () => this.#machine.wall(),
      () => this.#alive,
    );
    let nonces = 0;
    const supervisor = new Supervisor(await stateAt(log), {
      paths,
      epoch,
      log,
      os: simulatedOs(this.#machine, this),
      launcher: {
        kind: 'native',
        command: ['/opm-launcher'],
        spawner: { launch: (spec) => this.#launch(spec) },
      },
      scheduler,
      newNonce: () => {
        nonces += 1;
        return `${number}_${nonces}`;
      },
      fatal: (error) => this.#failed(error),
    });
    this.#supervisor = supervisor;
    this.#log = log;
    supervisor.loop.recorded$.subscribe((events) => {
      if (!this.#machine.story.isKept) return;
      for (const { seq, type, data } of events)
        this.#machine.tell('log', `${seq} ${type} ${JSON.stringify(brief(data))}`);
    });
    await supervisor.takeOver({ pid: this.pid, version: '0' });
    if (!this.#alive) return;
    // What no client of the simulation asks for is not there.
    const deps: Pick<HandlerDeps, 'loop' | 'log' | 'scheduler'> = {
      loop: supervisor.loop,
      log,
      scheduler,
    };
    this.#handlers = createHandlers(deps as HandlerDeps);
    this.#tell('serves');
  }

  call<T>(name: string, act: () => T, dead: T): T {
    if (!this.#countCall(name)) return dead;
    this.#machine.agenda.passKernel(this.#machine.chance.delay('system call', 0.02));
    if (!this.#alive) return dead;
    const answer = act();
    this.#diesAt('after', name);
    return answer;
  }

  hear(delayMs: number, act: () => void): void {
    this.#machine.agenda.daemon(delayMs, () => {
      if (this.#alive) act();
    });
  }

  write(synced: boolean, apply: () => void): Promise<void> {
    const name = synced ? 'writes and syncs' : 'writes';
    return new Promise((resolve) => {
      if (!this.#countCall(name)) return;
      const latencyMs = this.#machine.chance.delay(name, synced ? 2 : 0.2);
      this.#machine.agenda.kernel(latencyMs, () => {
        if (!this.#alive) return;
        apply();
        if (!this.#diesAt('after', name)) this.hear(0, resolve);
      });
    });
  }

  read<T>(look: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (!this.#countCall('reads the log')) return;
      const latencyMs = this.#machine.chance.delay('reads the log', 0.1);
      this.hear(latencyMs, () => resolve(look()));
    });
  }

  die(why: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#tell(`dies: ${why}`);
    this.#machine.kernel.end(this.#proc, { signal: 'SIGKILL' });
    this.#deps.ended();
  }

  /** `opm daemon stop`: the programs go on. */
  async stop(): Promise<void> {
    if (!this.#supervisor || !this.#handlers) return;
    this.#tell('is asked to stop');
    await this.#supervisor.close('asked to');
    await this.#log?.close();
    this.die('it was asked to');
  }

  #launch(spec: Parameters<SpawnServer['launch']>[0]): ReturnType<SpawnServer['launch']> {
    const key = spec.tag as Parameters<Machine['judge']['launches']>[0];
    const launched = this.call(
      `launches ${spec.tag}`,
      () => {
        this.#machine.judge.launches(key);
        return this.spawner.launch(spec);
      },
      null,
    );
    return launched ?? new Promise(() => {});
  }

  #countCall(name: string): boolean {
    if (!this.#alive) return false;
    this.#calls += 1;
    return !this.#diesAt('before', name);
  }

  #diesAt(when: DeathAt['when'], name: string): boolean {
    const { deathAt } = this.#deps;
    if (this.#machine.calm || deathAt?.call !== this.#calls || deathAt.when !== when) return false;
    this.die(`killed ${when} call ${this.#calls}, where it ${name}`);
    return true;
  }

  #failed(error: unknown): void {
    if (!this.#alive) return;
    this.#machine.judge.violated('the daemon has no bug', (error as Error).stack ?? String(error));
  }

  #tell(what: string): void {
    this.#machine.tell(`daemon ${this.#deps.number}`, what);
  }
}

/** An event's data without what only fills the line. */
const brief = (data: object): object => {
  const { app, exit, program, launcher, ...rest } = data as Record<string, unknown>;
  const name = typeof app === 'object' ? (app as { name: string }).name : app;
  const { code, signal } = (exit ?? {}) as { code?: unknown; signal?: unknown };
  return {
    ...rest,
    ...(app === undefined ? {} : { app: name }),
    ...(exit === undefined ? {} : { exit: code ?? signal }),
    ...(program === undefined ? {} : { pid: (program as { pid: number }).pid }),
    ...(launcher === undefined || launcher === null
      ? {}
      : { launcher: (launcher as { pid: number }).pid }),
  };
};

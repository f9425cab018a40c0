import { constants } from 'node:os';
import type { SpawnKey } from '../../src/domain/ids.js';
import type { LauncherEnd, SpawnSpec } from '../../src/effects/spawn.js';
import { parseMark, SPAWN_KEY_VARIABLE } from '../../src/platform/marker.js';
import { signalName } from '../../src/platform/signals.js';
import { slotOf } from './judge.js';
import type { End, Inode, Proc } from './kernel.js';
import type { Machine } from './machine.js';
import { labelOf, live, signalled, type Temper, temperOf } from './programs.js';

/* What the launcher does, step by step; between any two of them others go on, and it may die. */

const REFUSED = 97;
const LOCK_TRIES = 200;
const LOCK_PAUSE_MS = 5;
const KILL_PAUSE_MS = 50;
/** Share of its steps that a launcher does not survive. */
const MORTALITY = 0.006;

interface Options {
  readonly lock: string;
  readonly run: string;
  readonly killSignal: string;
  readonly killTimeoutMs: number;
  readonly leaveTree: boolean;
  readonly temper: Temper;
}

const parse = (argv: readonly string[]): Options => {
  const value = (flag: string): string => argv[argv.indexOf(flag) + 1] ?? '';
  return {
    lock: value('--lock'),
    run: value('--run'),
    killSignal: signalName(Number(value('--kill-signal'))),
    killTimeoutMs: Number(value('--kill-timeout')),
    leaveTree: argv.includes('--leave-tree'),
    temper: temperOf(value('--')),
  };
};

class Launcher {
  readonly #machine: Machine;
  readonly #options: Options;
  readonly #self: Proc;
  readonly #key: SpawnKey;
  readonly #ended: (code: number | null) => void;
  #forked: Proc | null = null;
  /** The program, once its start was noted. */
  #leader: Proc | null = null;
  /** How it ended, when that was before. */
  #early: End | null = null;
  #lock: Inode | null = null;

  constructor(machine: Machine, spec: SpawnSpec, ended: (code: number | null) => void) {
    this.#machine = machine;
    this.#options = parse(spec.argv);
    this.#ended = ended;
    const mark = parseMark(spec.env[SPAWN_KEY_VARIABLE] ?? '');
    if (!mark) throw new Error(`the launch of ${spec.tag} carries no mark`);
    this.#key = mark.key;
    const run = slotOf(mark.key);
    if (this.#options.leaveTree) machine.leavesTrees.add(mark.key);
    this.#self = machine.kernel.fork({
      role: 'launcher',
      ...(run ? { run } : {}),
      parent: 1,
      comm: 'opm-launcher',
      mark,
      leads: true,
      reaps: true,
      onSignal: () => {},
      onChildEnd: (child, end) => this.#childEnded(child, end),
    });
    this.#tell(`begins as pid ${this.#self.pid}`);
    this.#next('look', 1, () => this.#look());
  }

  #tell(what: string): void {
    this.#machine.tell('launcher', `${this.#key}: ${what}`);
  }

  #next(step: string, usualMs: number, act: () => void): void {
    const label = labelOf(this.#self);
    this.#machine.later(`${step} ${label}`, usualMs, () => {
      if (!this.#self.alive) return;
      if (!this.#machine.calm && this.#machine.chance.next(`dies ${label}`) < MORTALITY)
        this.#die();
      else act();
    });
  }

  #die(): void {
    this.#tell('is killed');
    this.#machine.kernel.end(this.#self, { signal: 'SIGKILL' });
    this.#ended(null);
  }

  #quit(code: number): void {
    this.#tell(`ends with ${code}`);
    this.#machine.kernel.end(this.#self, { code });
    this.#ended(code);
  }

  #note(line: string): void {
    this.#tell(`notes "${line}"`);
    this.#machine.kernel.append(this.#options.run, `${line}\n`);
  }

  #look(): void {
    if (this.#machine.kernel.read(this.#options.run) !== null) this.#quit(REFUSED);
    else this.#next('lock', 0.2, () => this.#takeSlot(0));
  }

  #takeSlot(tries: number): void {
    const { kernel } = this.#machine;
    const inode = kernel.openLock(this.#options.lock);
    if (kernel.flock(inode, this.#self)) {
      this.#lock = inode;
      this.#next('claim', 0.2, () => this.#claim());
    } else if (tries === LOCK_TRIES) this.#quit(REFUSED);
    else {
      this.#machine.after(LOCK_PAUSE_MS, () => {
        if (this.#self.alive) this.#takeSlot(tries + 1);
      });
    }
  }

  #claim(): void {
    const { kernel } = this.#machine;
    if (!kernel.create(this.#options.run)) {
      this.#quit(REFUSED);
      return;
    }
    this.#next('claimed', 0.2, () => {
      const { pid, startTicks } = this.#self;
      this.#note(`claim ${pid} ${startTicks} ${this.#machine.wall()}`);
      this.#next('fork', 0.5, () => this.#fork());
    });
  }

  #fork(): void {
    const { kernel } = this.#machine;
    const { mark, run, holds } = this.#self;
    const { temper } = this.#options;
    const child = kernel.fork({
      role: 'launcher',
      ...(run ? { run } : {}),
      parent: this.#self.pid,
      comm: 'opm-launcher',
      mark,
      leads: true,
      holds,
      onSignal: signalled(this.#machine, temper) ?? (() => {}),
    });
    this.#forked = child;
    this.#next('forked', 0.1, () => {});
    // The child executes its program even when its launcher is killed meanwhile.
    this.#machine.later(`exec ${labelOf(child)}`, 0.5, () => {
      if (child.alive) this.#exec(child);
    });
  }

  #exec(child: Proc): void {
    const { kernel, judge } = this.#machine;
    const { temper, leaveTree } = this.#options;
    if (temper === 'broken') {
      this.#forked = null;
      kernel.end(child, { code: 98 });
      this.#next('failed', 0.2, () => {
        this.#note(`fail exec 2 ENOENT ${this.#machine.wall()}`);
        this.#finish();
      });
      return;
    }
    if (leaveTree && this.#lock) kernel.closeLock(this.#lock, child);
    kernel.rename(child, temper, 'program');
    this.#tell(`the program runs as pid ${child.pid}`);
    if (child.run) judge.performs(child.run, kernel.procs);
    live(this.#machine, child, temper);
    this.#noteStart(child);
  }

  #noteStart(child: Proc): void {
    this.#next('start', 0.5, () => {
      this.#leader = child;
      this.#note(`start ${child.pid} ${child.startTicks} ${this.#machine.wall()}`);
      if (this.#early) this.#leaderEnded(this.#early);
    });
  }

  #childEnded(child: Proc, end: End): void {
    if (this.#leader === child) this.#leaderEnded(end);
    else if (child === this.#forked) {
      this.#early = end;
      // Its end closes the pipe, which to the launcher looks as if it had become the program.
      if (child.role === 'launcher') this.#noteStart(child);
    }
  }

  #leaderEnded(end: End): void {
    this.#next('exit', 1, () => {
      const now = this.#machine.wall();
      if ('code' in end) this.#note(`exit code ${end.code} ${now}`);
      else {
        const { signals } = constants;
        this.#note(`exit signal ${signals[end.signal as NodeJS.Signals]} 0 ${now}`);
      }
      if (this.#options.leaveTree) this.#finish();
      else this.#endTree(this.#machine.agenda.now + this.#options.killTimeoutMs, true);
    });
  }

  #endTree(deadlineMs: number, politely: boolean): void {
    const { kernel, agenda } = this.#machine;
    const left = kernel.below(this.#self.pid);
    if (left.length === 0) {
      this.#finish();
      return;
    }
    const over = agenda.now >= deadlineMs;
    for (const { pid } of left) {
      if (over) kernel.signal(pid, 'SIGKILL', this.#self.pid);
      else if (politely) kernel.signal(pid, this.#options.killSignal, this.#self.pid);
    }
    this.#machine.after(KILL_PAUSE_MS, () => {
      if (this.#self.alive) this.#endTree(deadlineMs, false);
    });
  }

  #finish(): void {
    this.#next('close', 0.2, () => {
      if (this.#lock) this.#machine.kernel.closeLock(this.#lock, this.#self);
      this.#next('empty', 0.2, () => {
        this.#note(`empty ${this.#machine.wall()} 0 0 0 0`);
        this.#next('quit', 0.2, () => this.#quit(0));
      });
    });
  }

  /** SIGKILL from outside: its parent learns of it. */
  get proc(): Proc {
    return this.#self;
  }
}

interface Waiting {
  readonly resolve: (end: LauncherEnd) => void;
  begun: Launcher | null;
}

/** The spawn server of one daemon: what was handed to it happens even if the daemon dies meanwhile. */
export class SpawnServer {
  readonly #machine: Machine;
  readonly #hears: (act: () => void) => void;
  readonly #waiting = new Map<string, Waiting>();

  /** `hears` runs something in the daemon, if it is alive then. */
  constructor(machine: Machine, hears: (act: () => void) => void) {
    this.#machine = machine;
    this.#hears = hears;
  }

  launch(spec: SpawnSpec): Promise<LauncherEnd> {
    return new Promise((resolve) => {
      const waiting: Waiting = { resolve, begun: null };
      this.#waiting.set(spec.tag, waiting);
      const label = spec.tag.split('-').slice(0, 2).join('-');
      const { chance } = this.#machine;
      const delayMs = chance.delay(`spawn ${label}`, 1) + this.#machine.launchDelayMs;
      this.#machine.after(delayMs, () => {
        if (!this.#machine.calm && chance.next(`refused ${label}`) < 0.01) {
          this.#settle(spec.tag, { code: null, problem: 'Resource temporarily unavailable' });
          return;
        }
        const begun = new Launcher(this.#machine, spec, (code) =>
          this.#settle(spec.tag, { code, problem: null }),
        );
        waiting.begun = begun;
      });
    });
  }

  /** The server is killed: of every launcher under way the daemon hears no more. */
  die(): void {
    const problem = 'the spawn server ended';
    for (const tag of [...this.#waiting.keys()]) this.#settle(tag, { code: null, problem });
  }

  /** A launcher was killed. */
  launcherKilled(proc: Proc): void {
    for (const [tag, { begun }] of this.#waiting)
      if (begun?.proc === proc) this.#settle(tag, { code: null, problem: 'killed' });
  }

  #settle(tag: string, end: LauncherEnd): void {
    const waiting = this.#waiting.get(tag);
    if (!waiting) return;
    this.#waiting.delete(tag);
    this.#machine.later(`heard ${tag}`, 1, () => this.#hears(() => waiting.resolve(end)));
  }
}

import { type Epoch, epoch, type SpawnKey } from '../../src/domain/ids.js';
import { homePaths } from '../../src/platform/paths.js';
import { Agenda } from './agenda.js';
import type { Chance } from './chance.js';
import type { Judge } from './judge.js';
import { Kernel, type Proc } from './kernel.js';
import type { Story } from './story.js';

/** What the wall clock shows at the beginning: 2026-01-01T00:00:00Z. */
const BEGINNING_MS = 1_767_225_600_000;

/** Faults that make launchers late last so long. */
const LATE_SPAN_MS = 100;
/** More than a clock tick, or nobody could tell the two apart. */
const RECYCLE_MS = 100;
const STRANGER_MS = 4000;

export interface Circumstances {
  readonly chance: Chance;
  readonly story: Story;
  readonly judge: Judge;
}

/** The machine that opm runs on: time, processes and files, from one epoch to the next. */
export class Machine {
  readonly agenda = new Agenda();
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly story: Story;
  readonly judge: Judge;
  readonly paths = homePaths('/home/opm');
  /** Programs live for ever from now on, and nothing goes wrong any more. */
  calm = false;
  /** Keys of runs that do not own all that their program starts. */
  readonly leavesTrees = new Set<SpawnKey>();
  #launchesLate = { untilMs: 0, byMs: 0 };
  #epochs = 1;
  #clockOffsetMs = 0;

  constructor({ chance, story, judge }: Circumstances) {
    this.chance = chance;
    this.story = story;
    this.judge = judge;
    this.kernel = new Kernel(this.agenda, {
      signalled: (target, signal, by) => judge.signalled(target, signal, by),
      ended: (proc) => this.#mayRecycle(proc),
    });
  }

  get epoch(): Epoch {
    return epoch(`epoch-${this.#epochs}`);
  }

  /** Epoch ms, whole as Node tells it. */
  wall(): number {
    return Math.floor(BEGINNING_MS + this.#clockOffsetMs + this.agenda.now);
  }

  jumpClock(byMs: number): void {
    this.#clockOffsetMs += byMs;
  }

  /** All processes are gone. What they had planned does not happen. */
  newEpoch(): void {
    this.#epochs += 1;
    this.kernel.boot();
  }

  /** Something that the kernel or a process does later, unless the epoch ends before. */
  later(name: string, usualMs: number, act: () => void): void {
    this.after(this.chance.delay(name, usualMs), act);
  }

  after(delayMs: number, act: () => void): void {
    const { epoch: planned } = this;
    this.agenda.kernel(delayMs, () => {
      if (this.epoch === planned) act();
    });
  }

  delayLaunches(byMs: number): void {
    this.#launchesLate = { untilMs: this.agenda.now + LATE_SPAN_MS, byMs };
  }

  /** How much later than usual a launch begins that is asked for now. */
  get launchDelayMs(): number {
    const { untilMs, byMs } = this.#launchesLate;
    return this.agenda.now < untilMs ? byMs : 0;
  }

  /** Now and then a stranger gets the pid of a process of ours soon after its end. */
  #mayRecycle({ pid, run }: Proc): void {
    if (!run || this.calm || this.chance.next(`recycled ${run.key}`) > 0.15) return;
    this.later(`recycle ${run.key}`, RECYCLE_MS, () => {
      if (!this.kernel.isFree(pid)) return;
      const birth = {
        role: 'stranger',
        parent: 1,
        comm: 'stranger',
        mark: null,
        leads: true,
      } as const;
      const stranger = this.kernel.fork(birth, pid);
      this.tell('stranger', `gets pid ${pid}, which was of ${run.key}`);
      this.later(`stranger ${run.key}`, STRANGER_MS, () => this.kernel.end(stranger, { code: 0 }));
    });
  }

  tell(who: string, what: string): void {
    this.story.tell(this.agenda.now, who, what);
  }
}

import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
  cancelled: boolean;
}

/** Entries in order of time, and among equals in the order in which they were made. A binary heap. */
class Queue {
  readonly #heap: Entry[] = [];

  get first(): Entry | undefined {
    while (this.#heap[0]?.cancelled) this.#pop();
    return this.#heap[0];
  }

  push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(heap[i]!, heap[parent]!)) return;
      [heap[i], heap[parent]] = [heap[parent]!, heap[i]!];
      i = parent;
    }
  }

  shift(): Entry | undefined {
    return this.first && this.#pop();
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const [top, last] = [heap[0], heap.pop()];
    if (heap.length === 0 || !last) return top;
    heap[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right;
      if (least === i) return top;
      [heap[i], heap[least]] = [heap[least]!, heap[i]!];
      i = least;
    }
  }
}

const isBefore = (one: Entry, other: Entry): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** What takes an entry back. */
export type Cancel = () => void;

/**
 * Time, and what is to happen in it. The kernel's entries may happen while the daemon is between two system
 * calls; the daemon's own only when it has given way to its event loop.
 */
export class Agenda {
  #now = 0;
  #orders = 0;
  readonly #kernel = new Queue();
  readonly #daemon = new Queue();
  /** The daemon does nothing before: it is stopped, or the machine is busy. */
  #stalledUntil = 0;

  /** Ms since the beginning; jumps of the wall clock do not touch it. */
  get now(): number {
    return this.#now;
  }

  kernel(delayMs: number, act: () => void): Cancel {
    return this.#add(this.#kernel, delayMs, act);
  }

  daemon(delayMs: number, act: () => void): Cancel {
    return this.#add(this.#daemon, delayMs, act);
  }

  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#now + ms);
  }

  /** The daemon is inside a system call for so long: others go on meanwhile. */
  passKernel(ms: number): void {
    const until = Math.max(this.#now + ms, this.#stalledUntil);
    for (let next = this.#kernel.first; next && next.at <= until; next = this.#kernel.first) {
      this.#kernel.shift();
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    this.#now = Math.max(this.#now, until);
  }

  /** Does what is next and tells whose it was; null when there is nothing up to then. */
  step(untilMs: number): 'kernel' | 'daemon' | null {
    const kernel = this.#kernel.first;
    const daemon = this.#daemon.first;
    const daemonAt = daemon ? Math.max(daemon.at, this.#stalledUntil) : Number.POSITIVE_INFINITY;
    const kernelAt = kernel?.at ?? Number.POSITIVE_INFINITY;
    const at = Math.min(kernelAt, daemonAt);
    if (at > untilMs) {
      this.#now = Math.max(this.#now, untilMs);
      return null;
    }
    const whose = kernelAt <= daemonAt ? 'kernel' : 'daemon';
    const entry = whose === 'kernel' ? this.#kernel.shift() : this.#daemon.shift();
    this.#now = Math.max(this.#now, at);
    entry?.act();
    return whose;
  }

  #add(queue: Queue, delayMs: number, act: () => void): Cancel {
    const at = this.#now + Math.max(0, delayMs);
    this.#orders += 1;
    const entry = { at, order: this.#orders, act, cancelled: false };
    queue.push(entry);
    return () => {
      entry.cancelled = true;
    };
  }
}

type Work<T> = (this: SchedulerAction<T>, state?: T) => void;

class Action<T> extends Subscription implements SchedulerAction<T> {
  readonly #scheduler: AgendaScheduler;
  readonly #work: Work<T>;
  #cancel: Cancel = () => {};

  constructor(scheduler: AgendaScheduler, work: Work<T>) {
    super();
    this.#scheduler = scheduler;
    this.#work = work;
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    this.#cancel();
    this.#cancel = this.#scheduler.arm(delay, () => {
      if (!this.closed) this.#work.call(this, state);
    });
    return this;
  }

  override unsubscribe(): void {
    this.#cancel();
    super.unsubscribe();
  }
}

/** RxJS's clock and timers on an agenda: the timers of one daemon, gone when it dies. */
export class AgendaScheduler implements SchedulerLike {
  readonly #agenda: Agenda;
  readonly #wall: () => number;
  readonly #isAlive: () => boolean;

  constructor(agenda: Agenda, wall: () => number, isAlive: () => boolean) {
    this.#agenda = agenda;
    this.#wall = wall;
    this.#isAlive = isAlive;
  }

  now(): number {
    return this.#wall();
  }

  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    return new Action(this, work).schedule(state as T, delay);
  }

  arm(delayMs: number, act: () => void): Cancel {
    return this.#agenda.daemon(delayMs, () => {
      if (this.#isAlive()) act();
    });
  }
}

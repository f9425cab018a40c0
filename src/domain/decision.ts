import type { Decided, EventData, EventType, Recorded } from './event.js';
import { Fold } from './evolve.js';
import { nextSpawnKey, type ProcessId, type RunKey, type Seq, type SpawnKey, seq } from './ids.js';
import type { SpawnReason, StopCause } from './reasons.js';
import { appOf, type Process, type State } from './state.js';

/** What a step may know of the world besides the state. */
export interface Context {
  /** Epoch ms. */
  readonly now: number;
  /** Fresh text that makes the spawn keys of this step unique. */
  readonly nonce: string;
}

/** What led to an event. */
export interface Why {
  /** Seq of the event that led to this one. */
  readonly because?: Seq | null;
  readonly runKey?: RunKey | null;
}

/**
 * One decision in the making. Each event that is emitted is folded in at once, so that the next
 * question is asked of the state that the log will have; the state it began with stays untouched.
 */
export class Decision {
  readonly events: Decided[] = [];
  readonly now: number;
  readonly #nonce: string;
  readonly #fold: Fold;

  constructor(state: State, context: Context) {
    this.#fold = new Fold(state);
    this.#nonce = context.nonce;
    this.now = context.now;
  }

  get state(): State {
    return this.#fold.state;
  }

  /** The process as it stands now. */
  process(id: ProcessId): Process {
    const process = this.state.processes.get(id);
    if (!process) throw new Error(`no process ${id}`);
    return process;
  }

  /** Adds an event; returns the seq that it will have. */
  emit<T extends EventType>(type: T, data: EventData[T], why: Why = {}): Seq {
    const at = seq(this.state.seq + 1);
    const decided = {
      type,
      data,
      causedBy: why.because ?? null,
      runKey: why.runKey ?? null,
    } as unknown as Decided;
    this.events.push(decided);
    this.#fold.take({
      ...decided,
      seq: at,
      id: '',
      at: this.now,
      request: null,
    } as Recorded);
    return at;
  }

  /** Opens a run: the intent, before anything is forked. */
  spawn(id: ProcessId, reason: SpawnReason, why: Why = {}): SpawnKey {
    const key = nextSpawnKey(id, this.process(id).runs + 1, this.#nonce);
    this.emit('SpawnRequested', { process: id, spawnKey: key, reason }, why);
    return key;
  }

  /** Ends the open run of a process. */
  stop(id: ProcessId, spawnKey: SpawnKey, cause: StopCause, why: Why = {}): void {
    const { killSignal, killTimeoutMs } = appOf(this.state, this.process(id)).stop;
    const deadlineAt = this.now + killTimeoutMs;
    this.emit(
      'StopRequested',
      { process: id, spawnKey, cause, signal: killSignal, deadlineAt },
      why,
    );
  }

  want(id: ProcessId, wanted: 'up' | 'down'): void {
    if (this.process(id).wanted !== wanted) this.emit('WantedChanged', { process: id, wanted });
  }
}

import type { Recorded } from '../domain/event.js';
import type { ProcessId, Seq, SpawnKey } from '../domain/ids.js';
import { openRun, type Process, type State, startedOf } from '../domain/state.js';
import { type AuditProblem, type Invariant, noIntent } from './audit-problem.js';

export interface KnownRun {
  readonly requested: Seq;
  started: Seq | null;
  closed: Seq | null;
  stop: Seq | null;
}

type RunEvent = Extract<Recorded, { data: { spawnKey: SpawnKey } }>;

/** Holds what the events say of runs against each other. */
export class RunAudit {
  readonly #problems: AuditProblem[];
  readonly #base: State;
  readonly #runs = new Map<SpawnKey, KnownRun>();
  readonly #open = new Map<ProcessId, SpawnKey>();
  #opens = 0;

  /** What is found is added to `problems`. `base` is the state before the first event. */
  constructor(problems: AuditProblem[], base: State) {
    this.#problems = problems;
    this.#base = base;
    for (const process of base.processes.values()) this.#remember(process);
  }

  /** Runs that were opened. */
  get opened(): number {
    return this.#opens;
  }

  /** Different spawn keys. */
  get keys(): number {
    return this.#runs.size;
  }

  /** Whether a run was open before the first event. */
  isOld(key: SpawnKey): boolean {
    const run = this.#runs.get(key);
    return run !== undefined && run.requested <= this.#base.seq;
  }

  #problem(invariant: Invariant, seqs: readonly Seq[], message: string): void {
    this.#problems.push({ seqs, invariant, message });
  }

  #remember(process: Process): void {
    const run = openRun(process);
    if (!run) return;
    const { phase } = process;
    this.#open.set(process.id, run.key);
    this.#runs.set(run.key, {
      requested: run.seq,
      started: startedOf(process) ? this.#base.seq : null,
      closed: null,
      stop: phase.is === 'stopping' ? phase.seq : null,
    });
  }

  open(seq: Seq, { process, spawnKey }: { process: ProcessId; spawnKey: SpawnKey }): void {
    this.#opens += 1;
    const known = this.#runs.get(spawnKey);
    if (known) {
      const message = `key ${spawnKey} was requested twice`;
      this.#problem('a spawn key is performed at most once', [known.requested, seq], message);
      return;
    }
    const open = this.#open.get(process);
    const openRun = open === undefined ? undefined : this.#runs.get(open);
    if (openRun) {
      const message = `process ${process} got run ${spawnKey} while ${open} was open`;
      this.#problem('one open run per process', [openRun.requested, seq], message);
    }
    this.#runs.set(spawnKey, {
      requested: seq,
      started: null,
      closed: null,
      stop: null,
    });
    this.#open.set(process, spawnKey);
  }

  /** The open run that an effect reports on; a problem when there is none. */
  of(event: RunEvent): KnownRun | undefined {
    const run = this.#runs.get(event.data.spawnKey);
    if (!run) this.#problems.push(noIntent(event.seq, 'SpawnRequested'));
    if (!run?.closed) return run;
    const message = `${event.type} of key ${event.data.spawnKey} came after its run was closed`;
    this.#problem('a spawn key is performed at most once', [run.closed, event.seq], message);
    return run;
  }

  close(event: RunEvent): void {
    const run = this.of(event);
    if (run) run.closed ??= event.seq;
    const { process, spawnKey } = event.data;
    if (this.#open.get(process) === spawnKey) this.#open.delete(process);
  }
}

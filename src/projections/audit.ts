import type { Recorded } from '../domain/event.js';
import { type ProcessId, type RequestKey, type Seq, seq } from '../domain/ids.js';
import { initialState, type State } from '../domain/state.js';
import { type AuditProblem, type Invariant, noIntent } from './audit-problem.js';
import { RunAudit } from './run-audit.js';

export interface AuditCounts {
  readonly events: number;
  readonly runs: number;
  /** Different spawn keys, those that were open when earlier events were dropped among them. */
  readonly keys: number;
  readonly requests: number;
  readonly restores: number;
}

/** What a stored request says of its own events. */
export interface RequestRange {
  readonly key: RequestKey;
  readonly first: Seq | null;
  readonly last: Seq | null;
}

/**
 * Holds the events of a log against what must be true of every history, one event at a time. Needs no
 * daemon, no clock and no process.
 */
export class Audit {
  readonly problems: AuditProblem[] = [];
  readonly #runs: RunAudit;
  readonly #created = new Map<ProcessId, Seq>();
  readonly #requests = new Map<RequestKey, { first: Seq; last: Seq }>();
  readonly #restores = new Map<string, Seq | null>();
  readonly #signals = new Map<string, number>();
  readonly #base: State;
  #events = 0;

  /** `base` is the state before the first event, where earlier ones were dropped. */
  constructor(base: State = initialState) {
    this.#base = base;
    this.#runs = new RunAudit(this.problems, base);
    if (base.restore) this.#restores.set(base.restore.runKey, null);
  }

  get counts(): AuditCounts {
    return {
      events: this.#events,
      runs: this.#runs.opened,
      keys: this.#runs.keys,
      requests: this.#requests.size,
      restores: this.#restores.size,
    };
  }

  /** Takes the next event, in order of seq. */
  observe(event: Recorded): void {
    this.#events += 1;
    this.#checkEnvelope(event);
    this.#checkEvent(event);
  }

  /** Takes the record of a request, after all events. */
  observeRequest({ key, first: from, last }: RequestRange): void {
    const range = this.#requests.get(key);
    const first = from === null ? null : seq(Math.max(from, this.#base.seq + 1));
    if ((range?.first ?? null) === first && (range?.last ?? null) === last) return;
    const seqs = [first, last].filter((at) => at !== null);
    const own = range ? `events ${range.first} to ${range.last}` : 'nowhere';
    const said = first === null ? 'no event' : `events ${first} to ${last}`;
    const message = `request ${key} answers for ${said}, its own are ${own}`;
    this.#problem('one request, one outcome', seqs, message);
  }

  #problem(invariant: Invariant, seqs: readonly Seq[], message: string): void {
    this.problems.push({ seqs, invariant, message });
  }

  #checkEnvelope({ type, seq, causedBy, request }: Recorded): void {
    if (causedBy !== null && causedBy >= seq) {
      this.#problem('causes come first', [seq], `event ${seq} names ${causedBy} as its cause`);
    }
    if (!request || type === 'RequestRepeated') return;
    const range = this.#requests.get(request.key);
    if (range && range.last !== seq - 1) {
      const message = `request ${request.key} was carried out a second time`;
      this.#problem('one request, one outcome', [range.first, seq], message);
    }
    this.#requests.set(request.key, { first: range?.first ?? seq, last: seq });
  }

  #checkEvent(event: Recorded): void {
    switch (event.type) {
      case 'ProcessCreated': {
        const { process } = event.data;
        const isOld = process < this.#base.nextProcess;
        const earlier = this.#created.get(process) ?? (isOld ? this.#base.seq : undefined);
        if (earlier !== undefined) {
          this.#problem(
            'ids are never reused',
            [earlier, event.seq],
            `process ${process} was created twice`,
          );
        }
        this.#created.set(process, event.seq);
        return;
      }
      case 'SpawnRequested':
        this.#runs.open(event.seq, event.data);
        return;
      case 'ProcessStarted': {
        const run = this.#runs.of(event);
        if (run?.started) {
          const message = `key ${event.data.spawnKey} was started twice`;
          this.#problem('a spawn key is performed at most once', [run.started, event.seq], message);
        }
        if (run) run.started = event.seq;
        return;
      }
      case 'ProcessAdopted': {
        const run = this.#runs.of(event);
        if (run) run.started ??= event.seq;
        return;
      }
      case 'StopRequested': {
        const run = this.#runs.of(event);
        if (run) run.stop = event.seq;
        return;
      }
      case 'StopEscalated':
        if (this.#runs.of(event)?.stop === null)
          this.problems.push(noIntent(event.seq, 'StopRequested'));
        return;
      case 'ProcessExited':
      case 'ProcessLost':
      case 'SpawnFailed':
      case 'SpawnAbandoned':
        this.#runs.close(event);
        return;
      case 'DuplicateSuppressed':
        if (event.data.why === 'slot-taken') this.#runs.close(event);
        return;
      case 'SignalRequested':
      case 'SignalSent':
        this.#signal(event);
        return;
      case 'RestoreRequested':
        this.#restores.set(event.data.runKey, null);
        return;
      case 'RestoreCompleted': {
        const closed = this.#restores.get(event.data.runKey);
        if (closed === undefined) this.problems.push(noIntent(event.seq, 'RestoreRequested'));
        if (closed) {
          const message = `restore ${event.data.runKey} was completed twice`;
          this.#problem('one request, one outcome', [closed, event.seq], message);
        }
        this.#restores.set(event.data.runKey, event.seq);
        return;
      }
      case 'DaemonStarted':
      case 'DaemonStopped':
      case 'AppDefined':
      case 'AppScaled':
      case 'WantedChanged':
      case 'DeleteRequested':
      case 'ProcessRemoved':
      case 'CountersReset':
      case 'LabelSaved':
      case 'RequestRepeated':
      case 'HistoryPruned':
      case 'StrayEnded':
      case 'RestartScheduled':
      case 'RestartCancelled':
      case 'ProcessErrored':
      case 'RestoreRolledBack':
      case 'RestoreJoined':
        return;
    }
  }

  #signal(event: Extract<Recorded, { type: 'SignalRequested' | 'SignalSent' }>): void {
    const { spawnKey, signal } = event.data;
    const key = `${spawnKey} ${signal}`;
    const asked = this.#signals.get(key) ?? 0;
    this.#signals.set(key, asked + (event.type === 'SignalRequested' ? 1 : -1));
    // The wish of a run that was open when events were dropped may be among them.
    const isOld = this.#runs.isOld(spawnKey);
    if (event.type === 'SignalSent' && asked === 0 && !isOld)
      this.problems.push(noIntent(event.seq, 'SignalRequested'));
  }
}

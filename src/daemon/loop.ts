import {
  BehaviorSubject,
  concatMap,
  type Observable,
  type SchedulerLike,
  Subject,
  timer,
} from 'rxjs';
import { decide, observe } from '../domain/decide.js';
import type { Context } from '../domain/decision.js';
import type { Actor, Decided, Recorded } from '../domain/event.js';
import { evolve } from '../domain/evolve.js';
import type { RequestKey } from '../domain/ids.js';
import type { Report } from '../domain/report.js';
import type { Outcome, Request } from '../domain/request.js';
import { deduplicate, type Remembered } from '../domain/request-dedup.js';
import type { State } from '../domain/state.js';
import type { Effect } from '../effects/effect.js';
import { plan } from '../effects/plan.js';
import type { EventLog } from '../log/event-log.js';

/** Pause before a fact that could not be written (a full disk) is tried again. */
const REWRITE_MS = 1000;
/** Requests that may wait for their turn. Facts always may: there are as many as programs. */
const MAX_WAITING = 1000;

export interface RequestMeta {
  readonly key: RequestKey;
  readonly bodyHash: string;
  readonly actor: Actor;
}

/** Why a request was not even decided. */
export class SubmitError extends Error {
  constructor(
    readonly code: 'IDEMPOTENCY_MISMATCH' | 'DAEMON_STOPPING' | 'DAEMON_BUSY',
    message: string,
  ) {
    super(message);
  }
}

export type Submitted = Outcome & { readonly repeated: boolean };

type Input =
  | {
      readonly kind: 'report';
      readonly report: Report;
      readonly done: () => void;
    }
  | {
      readonly kind: 'request';
      readonly request: Request;
      readonly meta: RequestMeta;
      readonly resolve: (outcome: Submitted) => void;
      readonly reject: (error: unknown) => void;
    };

export interface LoopDeps {
  readonly log: Pick<EventLog, 'append' | 'request'>;
  readonly scheduler: SchedulerLike;
  readonly newNonce: () => string;
  /** Carries an effect out; what it emits comes back as a report. */
  readonly perform: (effect: Effect) => Observable<Report>;
  /** Told of each batch before its effects are performed. */
  readonly recorded: (events: readonly Recorded[]) => void;
  /** A bug: the daemon ends and is started again; the programs do not notice. */
  readonly fatal: (error: unknown) => void;
}

/**
 * The loop: input, decide, append, evolve, plan, perform, one input at a time. What effects report is
 * the only way back in.
 */
export class Loop {
  readonly #deps: LoopDeps;
  readonly #inputs = new Subject<Input>();
  readonly #state$: BehaviorSubject<State>;
  readonly #recorded$ = new Subject<readonly Recorded[]>();
  readonly #trouble$ = new Subject<Error>();
  #waiting = 0;
  #closed = false;
  #ended = false;

  constructor(initial: State, deps: LoopDeps) {
    this.#deps = deps;
    this.#state$ = new BehaviorSubject(initial);
    this.#inputs.pipe(concatMap((input) => this.#step(input))).subscribe({ error: deps.fatal });
  }

  get state(): State {
    return this.#state$.value;
  }

  get state$(): Observable<State> {
    return this.#state$;
  }

  /** Batches as they are recorded; hot. */
  get recorded$(): Observable<readonly Recorded[]> {
    return this.#recorded$;
  }

  /** Why a fact cannot be recorded, each time that it was tried; hot. */
  get trouble$(): Observable<Error> {
    return this.#trouble$;
  }

  /** Asks for something. Rejects with SubmitError, or LogError when it could not be written. */
  submit(request: Request, meta: RequestMeta): Promise<Submitted> {
    if (this.#closed) {
      return Promise.reject(new SubmitError('DAEMON_STOPPING', 'the daemon is stopping'));
    }
    if (this.#waiting >= MAX_WAITING) {
      const message = `${MAX_WAITING} requests are waiting already`;
      return Promise.reject(new SubmitError('DAEMON_BUSY', message));
    }
    this.#waiting += 1;
    return new Promise((resolve, reject) => {
      this.#inputs.next({ kind: 'request', request, meta, resolve, reject });
    });
  }

  /** Tells what happened; resolves when it is recorded and its effects have begun. */
  report(report: Report): Promise<void> {
    return new Promise((done) => {
      this.#inputs.next({ kind: 'report', report, done });
    });
  }

  /** Refuses further requests. Facts are still taken. */
  close(): void {
    this.#closed = true;
  }

  /** Takes nothing any more. What happens from now on is found by the next daemon. */
  end(): void {
    this.#ended = true;
  }

  async #step(input: Input): Promise<void> {
    if (this.#ended) return;
    if (input.kind === 'request') return this.#decide(input);
    const events = observe(this.state, input.report, this.#context());
    try {
      if (events.length > 0) await this.#record(events, null);
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      // Nobody waits for the last word of a daemon whose disk is gone.
      if (input.report.type === 'DaemonStopping') return input.done();
      this.#trouble$.next(error);
      // The run file still holds the fact: nothing is lost by coming back to it.
      timer(REWRITE_MS, this.#deps.scheduler).subscribe(() => this.#inputs.next(input));
      return;
    }
    input.done();
  }

  async #decide(input: Extract<Input, { kind: 'request' }>): Promise<void> {
    this.#waiting -= 1;
    const { request, meta, resolve, reject } = input;
    try {
      const earlier = await this.#deps.log.request(meta.key);
      const known = deduplicate(earlier as Remembered | undefined, meta.bodyHash);
      if (known.is === 'repeated') {
        await this.#recordRepeat(known.event, meta);
        return resolve({ ...known.outcome, repeated: true });
      }
      if (known.is === 'mismatch') {
        const message = `the idempotency key "${meta.key}" was used for another request`;
        return reject(new SubmitError('IDEMPOTENCY_MISMATCH', message));
      }
      const { events, outcome } = decide(this.state, request, this.#context());
      await this.#record(events, { meta, outcome });
      resolve({ ...outcome, repeated: false });
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      reject(error);
    }
  }

  /** The answer is the first one either way: a repeat that a full disk keeps out of the log is lost to history only. */
  async #recordRepeat(event: Decided, meta: RequestMeta): Promise<void> {
    try {
      await this.#record([event], { meta, outcome: null });
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
    }
  }

  #context(): Context {
    return { now: this.#deps.scheduler.now(), nonce: this.#deps.newNonce() };
  }

  async #record(
    events: readonly Decided[],
    answered: { readonly meta: RequestMeta; readonly outcome: Outcome | null } | null,
  ): Promise<void> {
    const { key, actor, bodyHash } = answered?.meta ?? {};
    const outcome = answered?.outcome ?? null;
    const recorded = await this.#deps.log.append({
      events,
      at: this.#deps.scheduler.now(),
      request: key && actor ? { key, actor } : null,
      record: key && bodyHash && outcome ? { key, bodyHash, answer: outcome } : null,
      durable: outcome !== null,
    });
    const state = evolve(this.state, recorded);
    this.#state$.next(state);
    this.#recorded$.next(recorded);
    this.#deps.recorded(recorded);
    for (const effect of plan(recorded, state)) {
      this.#deps.perform(effect).subscribe({
        next: (report) => void this.report(report),
        error: this.#deps.fatal,
      });
    }
  }
}

/** The log is as it was, and may be written again later: not written, or being opened anew after that. */
const isDiskTrouble = (error: unknown): error is Error =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'LOG_WRITE_FAILED' || error.code === 'LOG_CLOSED');

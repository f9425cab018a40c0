import type { Observable } from 'rxjs';
import type { EventData } from '../domain/event.js';
import { type Seq, seq } from '../domain/ids.js';
import type { State } from '../domain/state.js';
import { parseDuration } from '../domain/units.js';
import type { EventLog } from '../log/event-log.js';
import type { Journal } from './journal.js';
import { planPruning } from './plan-pruning.js';

const DAY_MS = 86_400_000;
/** Fewer are not worth the work, nor the event that records it. */
const LEAST_DROPPED = 1000;
/** The history may outgrow its bound by this part before it is cut back. */
const SLACK = 0.1;
/** Events that are recorded between two checks. */
const CHECK_EVERY = 1000;
/** How far back a prune is looked for that a daemon died over: behind it stand only the facts of a start or two. */
const LOOKED_BACK = 5000;

/** How much of the history is kept; infinity for all. */
export interface RetentionPolicy {
  readonly keepMs: number;
  readonly keepEvents: number;
}

const DEFAULT_KEEP_MS = 90 * DAY_MS;
const DEFAULT_KEEP_EVENTS = 1_000_000;

/** What a daemon's environment is wrong about. */
export class SettingError extends Error {
  readonly code = 'BAD_SETTING';

  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

const setting = (
  env: NodeJS.ProcessEnv,
  name: string,
  { parse, hint }: { parse: (text: string) => number | null; hint: string },
): number | null => {
  const text = env[name];
  if (text === undefined || text === '') return null;
  if (text === 'all') return Number.POSITIVE_INFINITY;
  const value = parse(text);
  if (value !== null && value > 0) return value;
  throw new SettingError(`${name} is "${text}"`, hint);
};

/**
 * The policy of a daemon's environment: OPM_HISTORY_KEEP (`90d`) and OPM_HISTORY_EVENTS (`1000000`), either `all`.
 *
 * @throws SettingError
 */
export const retentionPolicy = (env: NodeJS.ProcessEnv): RetentionPolicy => ({
  keepMs:
    setting(env, 'OPM_HISTORY_KEEP', {
      parse: parseDuration,
      hint: 'for how long events are kept, for example 90d, or all',
    }) ?? DEFAULT_KEEP_MS,
  keepEvents:
    setting(env, 'OPM_HISTORY_EVENTS', {
      parse: (text) => (/^\d+$/.test(text) ? Number(text) : null),
      hint: 'how many events are kept, for example 1000000, or all',
    }) ?? DEFAULT_KEEP_EVENTS,
});

export interface RetentionDeps {
  readonly log: EventLog;
  readonly policy: RetentionPolicy;
  readonly state: () => State;
  readonly now: () => number;
  /** Records that the history has outgrown its policy; resolves when it is in the log. */
  readonly report: (recorded: EventData['HistoryPruned']) => Promise<void>;
}

/** Drops the beginning of the history, when somebody asks for it or when it is due. One prune at a time. */
export class Retention {
  readonly #deps: RetentionDeps;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  /**
   * Drops all events up to a seq once `record` has recorded it, and answers what that answers; null when there is
   * nothing to drop.
   */
  prune<T extends { readonly repeated: boolean }>(
    through: Seq,
    record: (recorded: EventData['HistoryPruned']) => Promise<T>,
  ): Promise<T | null> {
    const done = this.#last.then(async () => {
      const { log, state } = this.#deps;
      const pruning = await planPruning(log, state(), through);
      if (!pruning) return null;
      const answer = await record(pruning.recorded);
      if (!answer.repeated) await log.prune(pruning.foundation);
      return answer;
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** Carries out a prune that was recorded, and of which nothing else was written. */
  async resume(): Promise<void> {
    const { log } = this.#deps;
    for await (const event of log.read({ reverse: true, limit: LOOKED_BACK })) {
      if (event.type !== 'HistoryPruned') continue;
      const { through } = event.data;
      // It is recorded once more: runs have ended since, so it rests on another anchor.
      if (through > (log.anchor()?.seq ?? 0)) await this.#pruneUnasked(through);
      return;
    }
  }

  /** Resolves when nothing that was recorded as dropped is left. */
  async finish(): Promise<void> {
    await this.resume();
    await this.#last;
    await this.#deps.log.sweep();
  }

  /** Drops what the policy does not keep. */
  async check(): Promise<void> {
    await this.#deps.log.sweep();
    const through = await this.#due();
    if (through !== null) await this.#pruneUnasked(through);
  }

  async #pruneUnasked(through: Seq): Promise<void> {
    await this.prune(through, async (recorded) => {
      await this.#deps.report(recorded);
      return { repeated: false };
    });
  }

  async #due(): Promise<Seq | null> {
    const { log, policy, now } = this.#deps;
    const [head, before] = [log.head().seq, log.anchor()?.seq ?? 0];
    const tooOld = Number.isFinite(policy.keepMs) ? await log.seqAt(now() - policy.keepMs) : 0;
    const isTooMuch = head - before > policy.keepEvents * (1 + SLACK);
    const through = Math.max(tooOld, isTooMuch ? head - policy.keepEvents : 0);
    return through - before >= LEAST_DROPPED ? seq(through) : null;
  }

  /**
   * Goes on with what was broken off, and checks now and whenever enough was recorded: a history that does not grow
   * needs no check.
   */
  begin(
    recorded$: Observable<readonly unknown[]>,
    journal: Pick<Journal, 'error'>,
  ): { close(): void } {
    const failed = (error: unknown): void =>
      journal.error('the history is not kept small', { error });
    const check = (): void => {
      this.check().catch(failed);
    };
    void this.resume().catch(failed).then(check);
    let recorded = 0;
    const subscription = recorded$.subscribe((events) => {
      recorded += events.length;
      if (recorded < CHECK_EVERY) return;
      recorded = 0;
      check();
    });
    return { close: () => subscription.unsubscribe() };
  }
}

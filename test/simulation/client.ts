import type { Accepted } from '../../src/api/routes.js';
import type { Caller } from '../../src/api/service.js';
import type { App } from '../../src/domain/app.js';
import { type RequestKey, requestKey } from '../../src/domain/ids.js';
import type { Life } from './life.js';
import type { Machine } from './machine.js';
import type { Ask, Item } from './scenario.js';

/** How a request came out for the one who asked. */
export type Answered =
  | { readonly is: 'accepted'; readonly answer: Omit<Accepted, 'repeated'> }
  | { readonly is: 'refused'; readonly code: string };

type Serving = NonNullable<Life['serving']>;

const send = (ask: Ask, serving: Serving, apps: readonly App[], caller: Caller) => {
  const { handlers, supervisor } = serving;
  switch (ask.verb) {
    case 'run': {
      // Past the handler, which would look for the script on the machine that simulates.
      const chosen = apps.slice(ask.app, ask.app + 1);
      const request = { type: 'StartApps', apps: chosen, existing: ask.existing } as const;
      return supervisor.loop.submit(request, caller);
    }
    case 'start':
    case 'stop':
    case 'restart':
    case 'reload':
    case 'delete':
    case 'reset':
      return handlers[`POST /v1/processes/${ask.verb}`]({ targets: [ask.target] }, caller);
    case 'signal':
      return handlers['POST /v1/processes/signal'](
        { targets: [ask.target], signal: ask.signal },
        caller,
      );
    case 'scale':
      return handlers['POST /v1/apps/scale'](ask, caller);
    case 'save':
      return handlers['POST /v1/labels']({ label: ask.label }, caller);
    case 'restore': {
      const { atomic, concurrency } = ask;
      const label = ask.label === null ? {} : { label: ask.label };
      return handlers['POST /v1/restores']({ atomic, concurrency, ...label }, caller);
    }
    case 'kill':
      return handlers['POST /v1/shutdown']({}, caller);
  }
};

/** Errors after which the client asks again under the same key. */
const PASSING = new Set(['DAEMON_STOPPING', 'DAEMON_BUSY']);
/** Refusals that are no decision: nothing is remembered of them. */
const UNDECIDED = new Set(['IDEMPOTENCY_MISMATCH', 'UNKNOWN_LABEL']);
const RETRY_MS = 20;
const LINE_MS = 0.3;

export interface ClientDeps {
  readonly machine: Machine;
  readonly apps: readonly App[];
  /** The living daemon; starts one when there is none. */
  readonly daemon: () => Life | null;
}

/** Everybody who asks: each request again and again under its key until it is answered. */
export class Clients {
  readonly #deps: ClientDeps;
  readonly #pending = new Set<Attempt>();
  /** What was answered, by key and body. */
  readonly acknowledged: { readonly key: RequestKey; readonly answered: Answered }[] = [];

  constructor(deps: ClientDeps) {
    this.#deps = deps;
  }

  get isWaiting(): boolean {
    return this.#pending.size > 0;
  }

  ask(item: Extract<Item, { ask: Ask }>): void {
    const attempt = new Attempt(this.#deps, item, (answered) => {
      this.#pending.delete(attempt);
      this.#acknowledge(item, answered);
    });
    this.#pending.add(attempt);
    attempt.go();
  }

  /** The daemon is gone: whoever has no answer asks the next one. */
  disconnect(): void {
    for (const attempt of this.#pending) attempt.again();
  }

  #acknowledge(item: Extract<Item, { ask: Ask }>, answered: Answered): void {
    const { machine } = this.#deps;
    machine.tell('client', `${item.key}: ${JSON.stringify(answered)}`);
    if (answered.is === 'refused' && UNDECIDED.has(answered.code)) return;
    const earlier = this.acknowledged.find(({ key }) => key === item.key);
    const [first, second] = [earlier?.answered, answered].map((each) => JSON.stringify(each));
    if (earlier && first !== second)
      machine.judge.violated(
        'a repeated request gets the first answer',
        `${item.key} was answered ${first}, then ${second}`,
      );
    if (!earlier) this.acknowledged.push({ key: requestKey(item.key), answered });
    if (item.againMs === null) return;
    const { againMs, ...once } = item;
    machine.agenda.kernel(againMs, () => this.ask({ ...once, againMs: null }));
  }
}

class Attempt {
  readonly #deps: ClientDeps;
  readonly #item: Extract<Item, { ask: Ask }>;
  readonly #done: (answered: Answered) => void;
  /** Answers of earlier tries that come late count for nothing. */
  #tries = 0;

  constructor(
    deps: ClientDeps,
    item: Extract<Item, { ask: Ask }>,
    done: (answered: Answered) => void,
  ) {
    this.#deps = deps;
    this.#item = item;
    this.#done = done;
  }

  go(): void {
    this.#tries += 1;
    const tries = this.#tries;
    const { agenda } = this.#deps.machine;
    agenda.daemon(LINE_MS, () => {
      if (this.#tries !== tries) return;
      const life = this.#deps.daemon();
      if (life?.serving) void this.#send(life, life.serving, tries);
      else this.again();
    });
  }

  again(): void {
    this.#tries += 1;
    const tries = this.#tries;
    this.#deps.machine.agenda.daemon(RETRY_MS, () => {
      if (this.#tries === tries) this.go();
    });
  }

  async #send(life: Life, serving: Serving, tries: number): Promise<void> {
    const { ask, key } = this.#item;
    this.#deps.machine.tell('client', `asks under ${key}: ${JSON.stringify(ask)}`);
    const caller: Caller = {
      key: requestKey(key),
      bodyHash: JSON.stringify(ask),
      actor: { uid: 0, command: `opm ${ask.verb}` },
    };
    const answered = await send(ask, serving, this.#deps.apps, caller).then(
      accepted,
      (error: { code?: string }): Answered | null =>
        PASSING.has(error.code ?? '') ? null : { is: 'refused', code: error.code ?? String(error) },
    );
    // The answer is on its way; a daemon that dies now may have sent it or not.
    life.hear(LINE_MS, () => {
      if (this.#tries !== tries) return;
      if (answered) this.#done(answered);
      else this.again();
    });
  }
}

const accepted = (outcome: object): Answered => {
  if ('refusal' in outcome)
    return { is: 'refused', code: (outcome.refusal as { code: string }).code };
  const { repeated: _, ...answer } = ('answer' in outcome ? outcome.answer : outcome) as Accepted;
  return { is: 'accepted', answer };
};

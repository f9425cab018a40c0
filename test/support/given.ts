import { type App, DEFAULT_RESTART, DEFAULT_STOP } from '../../src/domain/app.js';
import { decide, observe } from '../../src/domain/decide.js';
import { EMPTY_ENVIRONMENT } from '../../src/domain/environment.js';
import type { Decided, EventType, Recorded } from '../../src/domain/event.js';
import { evolve } from '../../src/domain/evolve.js';
import {
  epoch,
  type ProcessId,
  processId,
  requestKey,
  type SpawnKey,
  seq,
} from '../../src/domain/ids.js';
import type { Report, RunFact } from '../../src/domain/report.js';
import type { Outcome, Request } from '../../src/domain/request.js';
import { initialState, openRun, type Process, type State } from '../../src/domain/state.js';
import type { Target } from '../../src/domain/target.js';

export const EPOCH = epoch('life-1');
export const EVERYTHING: readonly Target[] = [{ kind: 'all' }];

export const app = (name: string, change: Partial<App> = {}): App => ({
  name,
  namespace: 'default',
  command: { script: '/bin/true', args: [], interpreter: null, interpreterArgs: [], shell: false },
  cwd: '/',
  env: EMPTY_ENVIRONMENT,
  instances: 1,
  autostart: true,
  restart: DEFAULT_RESTART,
  stop: DEFAULT_STOP,
  policies: {},
  source: null,
  ...change,
});

/** A history in the making: the real decision and the real fold, with a clock that only tests move. */
export class World {
  state: State = initialState;
  now = 1_000_000;
  readonly log: Recorded[] = [];
  #steps = 0;

  constructor() {
    this.see({ type: 'DaemonStarted', pid: 1, version: '0', epoch: EPOCH });
  }

  /** Asks; answers with the types of the events that follow. */
  ask(request: Request): { readonly outcome: Outcome; readonly events: EventType[] } {
    const { events, outcome } = decide(this.state, request, this.#context());
    const actor = { uid: 1000, command: `opm ${request.type}` };
    const asked = { key: requestKey(`request-${this.#steps}`), actor };
    return { outcome, events: this.#record(events, asked) };
  }

  /** Reports; answers with the types of the events that follow. */
  see(report: Report): EventType[] {
    return this.#record(observe(this.state, report, this.#context()));
  }

  observe(...facts: RunFact[]): EventType[] {
    return this.see({ type: 'RunsObserved', facts });
  }

  process(id = 0): Process {
    const process = this.state.processes.get(processId(id));
    if (!process) throw new Error(`no process ${id}`);
    return process;
  }

  key(id = 0): SpawnKey {
    const run = openRun(this.process(id));
    if (!run) throw new Error(`process ${id} has no open run`);
    return run.key;
  }

  started(id = 0, key = this.key(id)): EventType[] {
    const [pid, startTicks] = [1000 + this.#steps, Math.round(this.now / 10)];
    const program = { pid, startTicks };
    return this.observe({
      kind: 'started',
      spawnKey: key,
      program,
      launcher: program,
      startedAt: this.now,
    });
  }

  ended(
    code: number | null,
    id = 0,
    key = this.key(id),
    signal: string | null = null,
  ): EventType[] {
    const used = { userMs: 0, systemMs: 0, maxRssBytes: 0, oomKills: 0 };
    const exit = {
      code,
      signal,
      coreDumped: false,
      exitedAt: this.now,
      closedAt: this.now,
      ...used,
    };
    return this.observe({ kind: 'ended', spawnKey: key, exit });
  }

  /** Starts an app; its programs are up. */
  up(...apps: App[]): ProcessId[] {
    const { outcome } = this.ask({ type: 'StartApps', apps, existing: 'refuse' });
    if (!('answer' in outcome)) throw new Error(outcome.refusal.message);
    for (const id of outcome.answer.processes) this.started(id);
    return [...outcome.answer.processes];
  }

  #context() {
    this.#steps += 1;
    return { now: this.now, nonce: `n${this.#steps}` };
  }

  #record(events: readonly Decided[], request: Recorded['request'] = null): EventType[] {
    const recorded = events.map((event, index) => {
      const at = seq(this.state.seq + 1 + index);
      return { ...event, seq: at, id: String(at), at: this.now, request } as Recorded;
    });
    this.state = evolve(this.state, recorded);
    this.log.push(...recorded);
    return events.map(({ type }) => type);
  }
}

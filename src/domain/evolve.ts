import { type App, keyOf } from './app.js';
import type { Recorded } from './event.js';
import { evolveProcess, isProcessEvent } from './evolve-process.js';
import { type AppKey, processId } from './ids.js';
import { openRun, type Process, processesOf, type State } from './state.js';

/** A private copy of the state that one fold may write to. */
type Draft = {
  -readonly [K in keyof State]: State[K] extends ReadonlyMap<infer Key, infer Value>
    ? Map<Key, Value>
    : State[K];
};

const removeProcess = (draft: Draft, process: Process): Draft => {
  draft.processes.delete(process.id);
  if (processesOf(draft, process.app).length === 0) draft.apps.delete(process.app);
  return draft;
};

const changeApp = (
  draft: Draft,
  { at, data }: Extract<Recorded, { type: 'AppChanged' }>,
): Draft => {
  const { app, outdates } = data;
  draft.apps.set(keyOf(app), app);
  for (const process of processesOf(draft, keyOf(app))) {
    const outdated = process.outdated || (outdates && openRun(process) !== null);
    // Ticks of another pattern before this moment were never due.
    draft.processes.set(process.id, { ...process, outdated, tickedAt: at });
  }
  return draft;
};

const renameApp = (draft: Draft, old: AppKey, name: Pick<App, 'namespace' | 'name'>): Draft => {
  const app = draft.apps.get(old);
  if (!app) return draft;
  draft.apps.delete(old);
  draft.apps.set(keyOf(name), { ...app, ...name });
  for (const process of processesOf(draft, old)) {
    draft.processes.set(process.id, { ...process, app: keyOf(name) });
  }
  return draft;
};

type HomeEvent = Exclude<Recorded, { type: Parameters<typeof evolveProcess>[1]['type'] }>;

const applyHomeEvent = (draft: Draft, event: HomeEvent): Draft => {
  switch (event.type) {
    case 'DaemonStarted':
      draft.epoch = event.data.epoch;
      return draft;
    case 'AppDefined':
      draft.apps.set(keyOf(event.data.app), event.data.app);
      return draft;
    case 'AppChanged':
      return changeApp(draft, event);
    case 'AppRenamed': {
      const { app, namespace, name } = event.data;
      return renameApp(draft, app, { namespace, name });
    }
    case 'AppScaled': {
      const app = draft.apps.get(event.data.app);
      if (app)
        draft.apps.set(event.data.app, {
          ...app,
          instances: event.data.instances,
        });
      return draft;
    }
    case 'ProcessCreated': {
      const { process: id, app, instance, logs } = event.data;
      draft.nextProcess = processId(Math.max(draft.nextProcess, id + 1));
      draft.processes.set(id, {
        id,
        app,
        instance,
        logs,
        createdAt: event.at,
        wanted: 'up',
        deleting: false,
        phase: { is: 'stopped', because: 'new' },
        runs: 0,
        restarts: 0,
        failures: [],
        streak: 0,
        outdated: false,
        everStarted: false,
        lastExit: null,
        leaving: null,
        errorLines: [],
        tickedAt: event.at,
        queued: false,
      });
      return draft;
    }
    case 'ProcessRemoved': {
      const process = draft.processes.get(event.data.process);
      return process ? removeProcess(draft, process) : draft;
    }
    case 'LabelSaved':
      draft.labels.set(event.data.label, event.seq);
      return draft;
    case 'ReloadRequested': {
      const { members } = event.data;
      draft.reloads = [...draft.reloads, { seq: event.seq, members, current: null }];
      return draft;
    }
    case 'ReloadStepped': {
      const { reload, process } = event.data;
      const current = { process, seq: event.seq };
      draft.reloads = draft.reloads.map((one) => (one.seq === reload ? { ...one, current } : one));
      return draft;
    }
    case 'ReloadCompleted':
      draft.reloads = draft.reloads.filter(({ seq }) => seq !== event.data.reload);
      return draft;
    case 'RestoreRequested':
      draft.restore = { ...event.data, seq: event.seq, rollback: null };
      return draft;
    case 'RestoreRolledBack':
      if (draft.restore) draft.restore = { ...draft.restore, rollback: event.data.failed };
      return draft;
    case 'RestoreCompleted':
      draft.restore = null;
      return draft;
    case 'DaemonStopped':
    case 'SignalRequested':
    case 'SignalSent':
    case 'RequestRepeated':
    case 'HistoryPruned':
    case 'StrayEnded':
    case 'RestoreJoined':
    case 'FilesChanged':
      return draft;
  }
};

/**
 * A state in the making. It begins as another one, which stays as it is, and copies of its maps only those that its
 * events change: most change one process, and with thousands of them copying is what a step costs.
 */
export class Fold {
  readonly #draft: Draft;
  #ownsProcesses = false;
  #ownsAll = false;

  constructor(state: State) {
    this.#draft = { ...state } as Draft;
  }

  /** As it stands now: it changes with every event that is taken. */
  get state(): State {
    return this.#draft;
  }

  /** Exhaustive: a new event type fails to compile until it is handled. */
  take(event: Recorded): void {
    const draft = this.#draft;
    draft.seq = event.seq;
    if (!this.#ownsProcesses) {
      draft.processes = new Map(draft.processes);
      this.#ownsProcesses = true;
    }
    if (!isProcessEvent(event)) {
      this.#ownAll();
      applyHomeEvent(draft, event);
      return;
    }
    const process = draft.processes.get(event.data.process);
    const app = process && draft.apps.get(process.app);
    if (process && app) {
      draft.processes.set(process.id, evolveProcess(process, event, { app, epoch: draft.epoch }));
    }
  }

  #ownAll(): void {
    if (this.#ownsAll) return;
    this.#draft.apps = new Map(this.#draft.apps);
    this.#draft.labels = new Map(this.#draft.labels);
    this.#ownsAll = true;
  }
}

/** The state after some events. Pure: the given state stays as it is. */
export const evolve = (state: State, events: Iterable<Recorded>): State => {
  const fold = new Fold(state);
  for (const event of events) fold.take(event);
  return fold.state;
};

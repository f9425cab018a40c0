import { type App, keyOf } from '../domain/app.js';
import type { EventData, Recorded } from '../domain/event.js';
import type { AppKey, ProcessId, SpawnKey } from '../domain/ids.js';
import { openRun, type Process, startedOf } from '../domain/state.js';
import { type About, eventInWords } from './event-in-words.js';
import { processName } from './wording.js';

/** One event as it is told. */
export interface Telling {
  /** The process that it is about; null when it is about the home, an app or a restore. */
  readonly subject: string | null;
  readonly text: string;
}

type Known = NonNullable<About['run']>;

const CLOSING: readonly Recorded['type'][] = [
  'ProcessExited',
  'ProcessLost',
  'SpawnFailed',
  'SpawnAbandoned',
];

/** Tells events in words, drawing on those that it was told before: names, pids and uptimes come from there. */
export class Narrator {
  readonly #apps = new Map<AppKey, App>();
  readonly #slots = new Map<ProcessId, AppKey>();
  readonly #runs = new Map<SpawnKey, Known>();

  /** Begins with processes that are known already, and with their open runs. */
  constructor(known: Iterable<{ readonly process: Process; readonly app: App }> = []) {
    for (const { process, app } of known) {
      this.#slots.set(process.id, keyOf(app));
      this.#apps.set(keyOf(app), app);
      const run = openRun(process);
      const stop = process.phase.is === 'stopping' ? process.phase : null;
      if (run) this.#runs.set(run.key, { started: startedOf(process), stop });
    }
  }

  /** Takes the next event, in order of seq. */
  tell(event: Recorded): Telling {
    this.#learn(event);
    const id = 'process' in event.data ? event.data.process : null;
    const key = 'spawnKey' in event.data ? event.data.spawnKey : null;
    const app = id === null ? undefined : this.#slots.get(id);
    const run = key === null ? undefined : this.#runs.get(key);
    const text = eventInWords(event, { run, app: app && this.#apps.get(app) });
    if (key !== null && CLOSING.includes(event.type)) this.#runs.delete(key);
    return { subject: id === null ? null : app ? processName(app, id) : `process ${id}`, text };
  }

  #learn(event: Recorded): void {
    switch (event.type) {
      case 'AppDefined':
      case 'AppChanged':
        this.#apps.set(keyOf(event.data.app), event.data.app);
        return;
      case 'AppRenamed':
        this.#rename(event.data);
        return;
      case 'ProcessCreated':
        this.#slots.set(event.data.process, event.data.app);
        return;
      case 'ProcessStarted':
      case 'ProcessAdopted': {
        const { spawnKey } = event.data;
        this.#runs.set(spawnKey, { stop: null, ...this.#runs.get(spawnKey), started: event.data });
        return;
      }
      case 'StopRequested': {
        const { spawnKey } = event.data;
        this.#runs.set(spawnKey, {
          started: null,
          ...this.#runs.get(spawnKey),
          stop: event.data,
        });
        return;
      }
    }
  }

  #rename({ app: before, ...name }: EventData['AppRenamed']): void {
    const app = this.#apps.get(before);
    if (app) this.#apps.set(keyOf(name), { ...app, ...name });
    for (const [id, key] of this.#slots) if (key === before) this.#slots.set(id, keyOf(name));
  }
}

import { type App, keyOf } from '../domain/app.js';
import type { Recorded } from '../domain/event.js';
import type { AppKey, ProcessId, SpawnKey } from '../domain/ids.js';
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

  /** Begins with the processes that are known already. */
  constructor(known: Iterable<{ readonly id: ProcessId; readonly app: App }> = []) {
    for (const { id, app } of known) {
      this.#slots.set(id, keyOf(app));
      this.#apps.set(keyOf(app), app);
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
        this.#apps.set(keyOf(event.data.app), event.data.app);
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
}

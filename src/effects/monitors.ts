import { type Observable, Subject, type Subscription } from 'rxjs';
import type { Report } from '../domain/input.js';
import type { State } from '../domain/state.js';
import { watchClock } from './clock.js';
import { watchFiles } from './file-watch.js';
import { awaitReadiness, type HealthDeps, watchLiveness } from './health.js';
import { watchMemory } from './memory-watch.js';
import { type Monitor, monitorsOf } from './monitor.js';

export interface MonitorsDeps extends HealthDeps {
  readonly state: () => State;
  /** The home: what we write there ourselves is no change of an app's files. */
  readonly home: string;
}

/** Keeps exactly those monitors going that the state calls for. Costs nothing while it calls for none. */
export class Monitors {
  readonly #deps: MonitorsDeps;
  readonly #running = new Map<string, Subscription>();
  readonly #reports = new Subject<Report>();
  readonly reports$: Observable<Report> = this.#reports.asObservable();

  constructor(deps: MonitorsDeps) {
    this.#deps = deps;
  }

  /** Begins and ends monitors, so that they are those of the state as it is now. */
  follow(): void {
    const wanted = monitorsOf(this.#deps.state());
    for (const [name, subscription] of this.#running) {
      if (wanted.has(name)) continue;
      subscription.unsubscribe();
      this.#running.delete(name);
    }
    for (const [name, monitor] of wanted) {
      if (this.#running.has(name)) continue;
      const subscription = this.#start(monitor).subscribe({
        next: (report) => this.#reports.next(report),
        error: (error) => console.error(`${name}: ${String(error)}`),
      });
      this.#running.set(name, subscription);
    }
  }

  close(): void {
    for (const subscription of this.#running.values()) subscription.unsubscribe();
    this.#running.clear();
  }

  #start(monitor: Monitor): Observable<Report> {
    const { os, scheduler, state, home } = this.#deps;
    switch (monitor.kind) {
      case 'readiness':
        return awaitReadiness(this.#deps, monitor.subject, monitor.policy);
      case 'liveness':
        return watchLiveness(this.#deps, monitor.subject, monitor.policy);
      case 'memory':
        return watchMemory(os, scheduler, monitor.intervalMs, state);
      case 'files': {
        const cwd = state().apps.get(monitor.app)?.cwd ?? '/';
        return watchFiles(monitor.app, monitor.policy, { cwd, own: [home] }, scheduler);
      }
      case 'clock':
        return watchClock(monitor.clock, scheduler);
    }
  }
}

import { isAbsolute } from 'node:path';
import { type Observable, Subject, type Subscription } from 'rxjs';
import { keyOf } from '../domain/app.js';
import { logFilesOf } from '../domain/log-files.js';
import type { Report } from '../domain/report.js';
import { processesOf, type State } from '../domain/state.js';
import { watchClock } from './clock.js';
import { watchFiles } from './file-watch.js';
import { awaitReadiness, type HealthDeps, watchLiveness } from './health.js';
import { watchMemory } from './memory-watch.js';
import { type Monitor, monitorsOf } from './monitor.js';

export interface MonitorsDeps extends HealthDeps {
  readonly state: () => State;
  /** A monitor cannot do its work, or only a part of it. */
  readonly problem: (what: string, error: unknown) => void;
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
        error: (error) => this.#deps.problem(`not looked at any more: ${name}`, error),
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
        const { app, policy } = monitor;
        const slots = processesOf(state(), keyOf(app));
        const logs = slots.flatMap((process) => Object.values(logFilesOf(app, process)));
        const own = [home, ...logs.filter(isAbsolute)];
        const problem = (error: unknown) => this.#deps.problem(`watching ${app.cwd}`, error);
        return watchFiles(keyOf(app), policy, { cwd: app.cwd, own, problem }, scheduler);
      }
      case 'clock':
        return watchClock(monitor.clock, scheduler);
    }
  }
}

import { defer, from, interval, map, mergeMap, type Observable, type SchedulerLike } from 'rxjs';
import type { SpawnKey } from '../domain/ids.js';
import type { Report } from '../domain/report.js';
import type { State } from '../domain/state.js';
import type { Os } from '../platform/os.js';
import { residentBytes } from '../platform/usage.js';
import { measuredAt } from './monitor.js';

/** Measures the whole trees of all programs with a limit, from one look at the machine, and reports who is above it. */
export const watchMemory = (
  os: Os,
  scheduler: SchedulerLike,
  intervalMs: number,
  state: () => State,
): Observable<Report> =>
  defer(() => {
    const meter = os.treeMeter<SpawnKey>();
    return interval(intervalMs, scheduler).pipe(
      map(() => {
        const subjects = measuredAt(state(), intervalMs);
        const found = meter.look(new Map(subjects.map(({ run, started }) => [run.key, started])));
        return subjects.flatMap(({ run, app }): Report[] => {
          const memoryBytes = residentBytes(found.get(run.key)?.members ?? []);
          const limit = app.policies.memory?.maxBytes ?? Number.POSITIVE_INFINITY;
          if (memoryBytes <= limit) return [];
          return [{ type: 'MemoryMeasured', spawnKey: run.key, memoryBytes }];
        });
      }),
      mergeMap((reports) => from(reports)),
    );
  });

import { concatMap, defer, filter, from, merge, type Observable, of, tap } from 'rxjs';
import type { Recorded } from '../domain/event.js';
import { seq } from '../domain/ids.js';
import type { EventLog } from '../log/event-log.js';

export interface Follow {
  /** Exclusive; the end of the log when it is left out. */
  readonly after?: number | undefined;
  readonly process?: number | undefined;
  readonly runKey?: string | undefined;
}

/** Events after a seq, those in the log and those to come, each once and in order. */
export const followEvents = (
  log: EventLog,
  recorded$: Observable<readonly Recorded[]>,
  query: Follow,
): Observable<Recorded> => {
  const matches = ({ data, runKey }: Recorded): boolean =>
    (query.process === undefined || ('process' in data && data.process === query.process)) &&
    (query.runKey === undefined || runKey === query.runKey);
  return defer(() => {
    let last = query.after ?? log.head().seq;
    // Each batch is only a sign that there is more: read on from where we are, so nothing is missed
    // between the past and the present.
    return merge(of(null), recorded$).pipe(
      concatMap(() => from(log.read({ after: seq(last) }))),
      tap((event) => {
        last = event.seq;
      }),
      filter(matches),
    );
  });
};

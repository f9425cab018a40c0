import type { Accepted, DaemonInfo } from '../api/routes.js';
import type { Caller, Handlers } from '../api/service.js';
import type { EventData } from '../domain/event.js';
import type { Seq } from '../domain/ids.js';
import { NOTHING } from '../domain/outcome.js';
import type { Request } from '../domain/request.js';
import type { EventLog } from '../log/event-log.js';
import { lastBefore } from './at.js';
import { auditLive, auditLog } from './audit.js';
import { beginningOf } from './beginning.js';
import type { Loop } from './loop.js';
import type { Retention } from './retention.js';

type HistoryRoute = 'GET /v1/beginning' | 'GET /v1/audit' | 'POST /v1/history/prune';

export interface HistoryHandlerDeps {
  readonly loop: Pick<Loop, 'state'>;
  readonly log: EventLog;
  readonly info: () => Pick<DaemonInfo, 'home'>;
  readonly retention: Pick<Retention, 'prune' | 'finish'>;
  readonly submit: (request: Request, caller: Caller) => Promise<Accepted>;
  /** What a moment came to; a bad one is the caller's error. */
  readonly momentIn: <T>(found: Promise<T>) => Promise<T>;
}

/** What the routes do that are about the history as a whole. */
export const historyHandlers = ({
  loop,
  log,
  info,
  retention,
  submit,
  momentIn,
}: HistoryHandlerDeps): Pick<Handlers, HistoryRoute> => {
  const prune = async (through: Seq, caller: Caller): Promise<Accepted> => {
    const ask = (recorded: EventData['HistoryPruned']): Promise<Accepted> =>
      submit({ type: 'PruneHistory', ...recorded }, caller);
    const nothing = { through, events: 0, anchor: '' };
    // Asked again, it gets its first answer, though there is nothing left to drop.
    if (await log.request(caller.key)) {
      const answer = await ask(nothing);
      // The daemon that gave it may have died before it was so.
      await retention.finish();
      return answer;
    }
    const answer = await retention.prune(through, ask);
    return answer ?? { ...NOTHING, pruned: nothing, repeated: false };
  };

  return {
    'GET /v1/beginning': async ({ since }) => ({
      beginning: await momentIn(beginningOf(log, since)),
    }),
    'GET /v1/audit': async () => {
      const report = await auditLog(log);
      const live = auditLive(info().home, loop.state);
      return { ...report, live: true, problems: [...report.problems, ...live] };
    },
    'POST /v1/history/prune': async ({ before }, caller) =>
      prune(await momentIn(lastBefore(log, before)), caller),
  };
};

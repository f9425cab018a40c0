import type { AppKey, ProcessId } from '../../src/domain/ids.js';
import type { Answer } from '../../src/domain/request.js';
import type { RequestRecord } from '../../src/log/event-log.js';
import type { Ask } from './scenario.js';

export type Wish = 'up' | 'down' | 'gone';

/** What an accepted request makes of what is wanted, told by nothing but its body and its answer. */
const follow = (
  wishes: Map<ProcessId, Wish>,
  ask: Ask,
  answer: Answer,
  appOf: (id: ProcessId) => AppKey | undefined,
): void => {
  const wish = (ids: Iterable<ProcessId>, what: Wish): void => {
    for (const id of ids) if (wishes.get(id) !== 'gone') wishes.set(id, what);
  };
  switch (ask.verb) {
    case 'run':
    case 'start':
    case 'restart':
    case 'reload':
      wish(answer.processes, 'up');
      return;
    case 'stop':
      wish(answer.processes, 'down');
      return;
    case 'delete':
      wish(answer.processes, 'gone');
      return;
    case 'scale': {
      const kept = new Set(answer.processes);
      const [first] = answer.processes;
      const app = first === undefined ? undefined : appOf(first);
      const surplus = [...wishes.keys()].filter((id) => appOf(id) === app && !kept.has(id));
      wish(surplus, 'gone');
      for (const id of answer.processes) if (!wishes.has(id)) wishes.set(id, 'up');
      return;
    }
    case 'restore':
      if (!answer.restore?.joined) wish(answer.processes, 'up');
      return;
    case 'kill':
    case 'reset':
    case 'signal':
    case 'save':
      return;
  }
};

/** What the accepted requests of a log want of each process: opm's own decisions are not asked. */
export const wishesOf = (
  records: readonly RequestRecord[],
  appOf: (id: ProcessId) => AppKey | undefined,
): ReadonlyMap<ProcessId, Wish> => {
  const wishes = new Map<ProcessId, Wish>();
  const effective = records.filter(({ first }) => first !== null);
  effective.sort((one, other) => (one.first ?? 0) - (other.first ?? 0));
  for (const { bodyHash, answer } of effective) {
    if (!(answer as object) || !('answer' in (answer as object))) continue;
    follow(wishes, JSON.parse(bodyHash) as Ask, (answer as { answer: Answer }).answer, appOf);
  }
  return wishes;
};

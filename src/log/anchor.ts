import { type Seq, seq } from '../domain/ids.js';
import type { ChainProblem } from './chain.js';
import type { Anchor, EventLog, Head } from './event-log.js';
import { genesis, hashOf } from './hash.js';

export const anchorText = (anchor: Anchor): string => JSON.stringify(anchor);

/** Names an anchor in the event that records what was dropped. */
export const digestOf = (anchor: Anchor): string => hashOf(anchorText(anchor));

/** What the first event of the unbroken part of a log is chained to. */
export const beginningOf = (log: EventLog): Head =>
  log.anchor() ?? { seq: seq(0), hash: genesis(log.home()) };

/** The stored text of one event. */
export const textAt = async (log: EventLog, at: Seq): Promise<string | undefined> => {
  for await (const found of log.stored(seq(at - 1), at)) return found[0]?.text;
  return undefined;
};

const problemAt = (at: Seq, message: string): ChainProblem => ({
  seq: at,
  kind: 'anchor',
  message,
});

/** What is wrong with the events and states that the anchor of a log keeps. Events that it does not name are not looked at. */
export const checkKept = async (log: EventLog): Promise<ChainProblem[]> => {
  const problems: ChainProblem[] = [];
  const { events, states } = log.anchor() ?? { events: [], states: [] };
  for (const [at, hash] of events) {
    const text = await textAt(log, at);
    if (text === undefined)
      problems.push(problemAt(at, `event ${at} was to be kept, and is missing`));
    else if (hashOf(text) !== hash)
      problems.push(problemAt(at, `event ${at} is not what was kept: it was altered`));
  }
  for (const [at, hash] of states) {
    const text = await log.keptState(at);
    if (text === undefined || hashOf(text) !== hash)
      problems.push(problemAt(at, `the state at event ${at} is not what was kept`));
  }
  return problems;
};

import type { Actor, Recorded } from '../domain/event.js';
import type { Narrator } from '../projections/narrator.js';
import { formatTime } from './format.js';
import { coloured, paint } from './table.js';

const SEQ_WIDTH = 6;
const TYPE_WIDTH = 19;

/** Who asks, and how: `uid 0: opm stop web`. */
export const actorText = ({ uid, command }: Actor): string => `uid ${uid}: ${command}`;

/** One event as one line: seq, time, type, what happened to whom, why and by whom. */
export const historyLine = (
  event: Recorded,
  narrator: Narrator,
  colour: boolean = coloured(),
): string => {
  const { subject, text } = narrator.tell(event);
  const why = event.causedBy === null ? '' : `  because of ${event.causedBy}`;
  const who = event.request ? `  ${actorText(event.request.actor)}` : '';
  const place = `${String(event.seq).padStart(SEQ_WIDTH)}  ${formatTime(event.at)}`;
  const type = paint(event.type.padEnd(TYPE_WIDTH), 'dim', colour);
  const about = subject === null ? '' : `${paint(subject, 'bold', colour)} `;
  return `${place}  ${type}  ${about}${text}${paint(why + who, 'dim', colour)}`;
};

import type { Step, Why } from '../projections/why.js';
import { counted, spanned } from '../projections/wording.js';
import { formatTime } from './format.js';
import { actorText } from './history-lines.js';
import { wordsAsLines } from './last-words.js';
import type { Quoted } from './read-why.js';
import { coloured, paint } from './table.js';

const SEQ_WIDTH = 6;

/** One process explained: how it stands, why, who asked, what comes next, what was written last, and what led to it. */
export const renderWhy = (
  why: Why & Partial<Quoted>,
  now = Date.now(),
  colour: boolean = coloured(),
): string => {
  const dim = (text: string): string => paint(text, 'dim', colour);
  const place = ({ seq, at }: Step): string =>
    `${String(seq).padStart(SEQ_WIDTH)}  ${formatTime(at)}`;
  const told = (step: Step): string =>
    `${place(step)}  ${step.text}${step.actor ? dim(`  ${actorText(step.actor)}`) : ''}`;
  const name = why.namespace === 'default' ? why.name : `${why.namespace}/${why.name}`;
  const since =
    why.since === null ? '' : ` since ${formatTime(why.since)} (${spanned(now - why.since)})`;
  const title = `${name} (${why.process}) is ${why.status}${since}`;
  const { asked, next } = why;
  const facts = [
    `  ${why.answer}`,
    ...(asked?.actor
      ? [`  Asked for by ${actorText(asked.actor)}, ${formatTime(asked.at)}, event ${asked.seq}.`]
      : []),
    `  Next${next.at === null ? '' : `, at ${formatTime(next.at)}`}: ${next.text}.`,
  ];
  const quote = why.lastWords
    ? ['', ...wordsAsLines(why.lastWords).map((line) => `  ${line}`)]
    : [];
  const story = why.story.map(told);
  if (why.omitted) {
    const { after, count, from, to } = why.omitted;
    const skipped = `${counted(count, 'more event')}: opm history --since ${from} --until ${to} --process ${why.process}`;
    story.splice(after, 0, dim(`${' '.repeat(SEQ_WIDTH)}  … ${skipped}`));
  }
  return [paint(title, 'bold', colour), ...facts, ...quote, '', ...story].join('\n');
};

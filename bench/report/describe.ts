import type { Subject } from '../model.js';
import { type Cell, figure, goalText, isBetter, type Line, shownValue } from '../summary.js';

/** A contestant's figure, with how many times the floor it is. */
export const cellText = (line: Line, cell: Cell): string => {
  const times =
    cell.timesFloor === null || cell.subject === 'floor' ? '' : ` (${figure(cell.timesFloor)}×)`;
  return `${figure(shownValue(line, cell))}${times}`;
};

export const cellOf = (line: Line, subject: Subject): Cell | undefined =>
  line.cells.find((cell) => cell.subject === subject);

/** Whether opm's goal was reached; empty where it has none. */
export const verdict = ({ goal, reached, unit }: Line): string => {
  if (goal === null) return '';
  const word = reached === null ? 'not measured' : reached ? 'reached' : '**missed**';
  return `${goalText(goal, unit)}: ${word}`;
};

/** The peers that did better than opm, best first. */
export const betterPeers = (line: Line): readonly Cell[] => {
  const own = cellOf(line, 'opm');
  if (!own) return [];
  return line.cells
    .filter(({ subject }) => subject !== 'floor' && subject !== 'opm')
    .filter((cell) => isBetter(line, cell, own))
    .sort((a, b) => (isBetter(line, a, b) ? -1 : 1));
};

/** One line for a terminal. */
export const describe = (line: Line): string => {
  const cells = line.cells.map((cell) => `${cell.subject} ${cellText(line, cell)}`);
  const goal = line.goal ? `; goal ${verdict(line).replaceAll('*', '')}` : '';
  return `${line.label}, ${line.unit}: ${cells.join(', ')}${goal}`;
};

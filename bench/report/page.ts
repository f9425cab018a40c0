import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manager } from '../managers/manager.js';
import type { Sample, Subject } from '../model.js';
import type { Missing } from '../peers.js';
import type { Row } from '../row.js';
import { figure, goalText, type Line, linesOf, shownValue } from '../summary.js';
import { chart } from './chart.js';
import { describeCommit, describeMachine } from './machine.js';

const SUBJECTS: readonly Subject[] = ['floor', 'opm', 'PM2', 'supervisor', 'runit'];

export interface Measured {
  readonly rows: readonly Row[];
  readonly samples: readonly Sample[];
  readonly managers: readonly Manager[];
  readonly missing: readonly Missing[];
  readonly command: string;
}

const cellText = (line: Line, subject: Subject): string => {
  const cell = line.cells.find((candidate) => candidate.subject === subject);
  if (!cell) return '–';
  const times =
    cell.timesFloor === null || subject === 'floor' ? '' : ` (${figure(cell.timesFloor)}×)`;
  return `${figure(shownValue(line, cell))}${times}`;
};

const verdict = ({ goal, reached, unit }: Line): string => {
  if (goal === null) return '';
  const word = reached === null ? 'not measured' : reached ? 'reached' : 'missed';
  return `${goalText(goal, unit)}: ${word}`;
};

const tableOf = (lines: readonly Line[]): string => {
  const present = SUBJECTS.filter((subject) =>
    lines.some(({ cells }) => cells.some((cell) => cell.subject === subject)),
  );
  const head = ['', ...present, 'goal for opm'];
  const body = lines.map((line) => {
    const spread = line.cells
      .filter(({ count }) => count > 1)
      .map(({ subject, low, high }) => `${subject} ${figure(low)}–${figure(high)}`)
      .join(', ');
    const label = `${line.series}, ${line.unit}${spread ? `<br><sub>${spread}</sub>` : ''}`;
    return [label, ...present.map((subject) => cellText(line, subject)), verdict(line)];
  });
  return [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...body]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
};

const section = (row: Row, lines: readonly Line[]): string => {
  const image = `![${row.title}](benchmarks/${row.name}.svg)`;
  return [`## ${row.title}`, row.method, tableOf(lines), image].join('\n\n');
};

const introduction = ({ managers, missing, command }: Measured): string => {
  const commit = describeCommit();
  const versions = managers.map(({ name, version }) => `${name} ${version}`).join(', ');
  const absent = missing.map(({ name, reason }) => `- ${name} did not take part: ${reason}\n`);
  return `# Benchmarks

opm, other process managers and the bare operating system do the same work, in turn and in one run. Figures are
medians, below them the lowest and the highest; in parentheses how many times the floor. The floor is what the work
costs with no manager at all. Only figures of one run may be compared: the machine has other work too.

- machine: ${describeMachine()}
- versions: ${versions}${commit ? ` at ${commit}` : ''}
${absent.join('')}- repeat it: \`${command}\``;
};

/** Writes `benchmarks.md` and a chart for each row beside it. */
export const writePage = (docs: string, measured: Measured): void => {
  mkdirSync(join(docs, 'benchmarks'), { recursive: true });
  const sections = measured.rows.flatMap((row) => {
    const lines = linesOf(row, measured.samples);
    if (lines.length === 0) return [];
    writeFileSync(join(docs, 'benchmarks', `${row.name}.svg`), chart(row.title, lines));
    return section(row, lines);
  });
  const page = [introduction(measured), ...sections].join('\n\n');
  writeFileSync(join(docs, 'benchmarks.md'), `${page}\n`);
};

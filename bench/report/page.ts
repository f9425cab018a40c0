import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manager } from '../managers/manager.js';
import type { Sample, Subject } from '../model.js';
import type { Missing } from '../peers.js';
import type { Row } from '../row.js';
import { figure, type Line, linesOf } from '../summary.js';
import { chart } from './chart.js';
import { betterPeers, cellOf, cellText, verdict } from './describe.js';
import { growthTable } from './growth.js';
import { describeCommit, describeMachine } from './machine.js';

const SUBJECTS: readonly Subject[] = ['floor', 'opm', 'PM2', 'supervisor', 'runit'];

/** A row that did not come to its end, and why. */
export interface Failure {
  readonly row: string;
  readonly reason: string;
}

export interface Measured {
  readonly rows: readonly Row[];
  readonly samples: readonly Sample[];
  readonly failures: readonly Failure[];
  readonly managers: readonly Manager[];
  readonly missing: readonly Missing[];
  readonly quick: boolean;
  readonly command: string;
}

const table = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...body]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

const presentIn = (lines: readonly Line[]): readonly Subject[] =>
  SUBJECTS.filter((subject) => lines.some((line) => cellOf(line, subject)));

const shown = (line: Line, subject: Subject): string => {
  const cell = cellOf(line, subject);
  return cell ? cellText(line, cell) : '–';
};

const spreadOf = ({ cells }: Line): string => {
  const several = cells.filter(({ count }) => count > 1);
  const ranges = several.map(
    ({ subject, low, high }) => `${subject} ${figure(low)}–${figure(high)}`,
  );
  return ranges.length > 0 ? `<br><sub>${ranges.join(', ')}</sub>` : '';
};

const tableOf = (lines: readonly Line[]): string => {
  const present = presentIn(lines);
  const body = lines.map((line) => [
    `${line.label}, ${line.unit}${spreadOf(line)}`,
    ...present.map((subject) => shown(line, subject)),
    verdict(line),
  ]);
  return table(['', ...present, 'goal for opm'], body);
};

/** What keeps opm from each goal that it missed. */
const boundsOf = (lines: readonly Line[]): string =>
  lines
    .filter(({ reached }) => reached === false)
    .flatMap(({ label, goal }) => (goal?.boundedBy ? `- ${label}: ${goal.boundedBy}` : []))
    .join('\n');

const headingOf = ({ title }: Row): string => `## ${title}`;

/** Where GitHub puts a heading: small letters, hyphens for spaces, no other signs. */
const anchorOf = ({ title }: Row): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');

const section = (row: Row, lines: readonly Line[], failures: readonly Failure[]): string => {
  const failure = failures.find((candidate) => candidate.row === row.name);
  const image = lines.length > 0 ? `![${row.title}](benchmarks/${row.name}.svg)` : '';
  const parts = [
    headingOf(row),
    failure ? `**This row failed: ${failure.reason.split('\n')[0]}**` : '',
    row.method,
    growthTable(row, lines),
    lines.length > 0 ? tableOf(lines) : '',
    boundsOf(lines),
    image,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
};

/** Goal beside reached, one line for each goal; and who did better than opm. */
const overview = (byRow: readonly (readonly [Row, readonly Line[]])[]): string => {
  const all = byRow.flatMap(([row, lines]) => lines.map((line) => [row, line] as const));
  const told = all.filter(([, line]) => line.goal !== null || betterPeers(line).length > 0);
  const present = presentIn(told.map(([, line]) => line));
  const body = told.map(([row, line]) => [
    `[${row.title}](#${anchorOf(row)}): ${line.label}, ${line.unit}`,
    ...present.map((subject) => shown(line, subject)),
    verdict(line),
    betterPeers(line)
      .map(({ subject }) => subject)
      .join(', '),
  ]);
  const goals = all.filter(([, { reached }]) => reached !== null);
  const count = goals.filter(([, { reached }]) => reached).length;
  return `## Goal beside reached

${count} of ${goals.length} goals are reached. Every line with a goal is here, and every line in which a peer does better.

${table(['', ...present, 'goal for opm', 'better than opm'], body)}`;
};

const introduction = ({ managers, missing, failures, command, quick }: Measured): string => {
  const commit = describeCommit();
  const versions = managers.map(({ name, version }) => `${name} ${version}`).join(', ');
  const absent = missing.map(({ name, reason }) => `- ${name} did not take part: ${reason}\n`);
  const failed = failures.map(({ row }) => `- the row \`${row}\` failed, see there\n`);
  const hurried = quick
    ? '- **a quick run**: few rounds and small sizes, good for a look only\n'
    : '';
  return `# Benchmarks

opm, other process managers and the bare operating system do the same work, in turn and in one run. Figures are
medians, below them the lowest and the highest; in parentheses how many times the floor. The floor is what the work
costs with no manager at all. Only figures of one run may be compared: the machine has other work too. Where the time
goes, and what was done about it, is in [performance.md](performance.md).

- machine: ${describeMachine()}
- versions: ${versions}${commit ? ` at ${commit}` : ''}
${hurried}${absent.join('')}${failed.join('')}- repeat it: \`${command}\``;
};

/** Writes `benchmarks.md` into a folder and a chart for each row beside it; answers with the page's path. */
export const writePage = (folder: string, measured: Measured): string => {
  mkdirSync(join(folder, 'benchmarks'), { recursive: true });
  const byRow = measured.rows.map((row) => [row, linesOf(row, measured.samples)] as const);
  for (const [row, lines] of byRow) {
    if (lines.length === 0) continue;
    writeFileSync(join(folder, 'benchmarks', `${row.name}.svg`), chart(row.title, lines));
  }
  const sections = byRow.map(([row, lines]) => section(row, lines, measured.failures));
  const page = [introduction(measured), overview(byRow), ...sections].join('\n\n');
  const path = join(folder, 'benchmarks.md');
  writeFileSync(path, `${page}\n`);
  return path;
};

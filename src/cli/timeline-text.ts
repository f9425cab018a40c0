import { type Lane, MARK_KINDS, type MarkKind, type Timeline } from '../projections/timeline.js';
import { formatTime } from './format.js';
import { paint, type Style, sized } from './table.js';
import { ticksOf } from './time-axis.js';

interface Glyph {
  readonly text: string;
  readonly style: Style;
  readonly says: string;
}

export const MARKS: Readonly<Record<MarkKind, Glyph>> = {
  started: { text: '┣', style: 'green', says: 'started' },
  restored: { text: '▲', style: 'cyan', says: 'restored' },
  adopted: { text: '◆', style: 'cyan', says: 'taken over by a later daemon' },
  ended: { text: '┫', style: 'green', says: 'ended as asked, or with 0' },
  failed: { text: '✗', style: 'red', says: 'failed' },
  lost: { text: '?', style: 'red', says: 'lost: nobody saw its end' },
  'not-run': { text: '!', style: 'yellow', says: 'a launch that ran nothing' },
  'gave-up': { text: '■', style: 'red', says: 'given up' },
};
const ALIVE: Glyph = { text: '━', style: 'green', says: 'alive' };
const WAITING: Glyph = { text: '┄', style: 'yellow', says: 'waits for a restart' };

const NAME_MOST = 28;
const TICK_ROOM = 16;
const MIN_CHART = 20;
const LEGEND_GAP = '   ';

/** One track of a lane as glyphs, a column of the terminal each. */
const cellsOf = (
  lane: Lane,
  track: number,
  { from, to }: Timeline,
  width: number,
): (Glyph | null)[] => {
  const column = (at: number): number =>
    Math.min(width - 1, Math.floor(((at - from) / Math.max(1, to - from)) * width));
  const cells: (Glyph | null)[] = Array.from({ length: width }, () => null);
  const fill = (span: { from: number; to: number | null }, glyph: Glyph): void => {
    const end = span.to ?? to;
    if (end < from || span.from > to) return;
    cells.fill(glyph, column(Math.max(from, span.from)), column(Math.min(to, end)) + 1);
  };
  if (track === 0) for (const wait of lane.waits) fill(wait, WAITING);
  for (const bar of lane.bars) if (bar.track === track) fill(bar, ALIVE);
  const marks = lane.marks
    .filter((mark) => mark.track === track && mark.at >= from && mark.at <= to)
    .sort((a, b) => MARK_KINDS.indexOf(b.kind) - MARK_KINDS.indexOf(a.kind));
  for (const { kind, at } of marks) cells[column(at)] = MARKS[kind];
  return cells;
};

const painted = (cells: readonly (Glyph | null)[], colour: boolean): string => {
  let line = '';
  for (let i = 0; i < cells.length; ) {
    const glyph = cells[i];
    let next = i + 1;
    while (next < cells.length && cells[next] === glyph) next += 1;
    line += glyph ? paint(glyph.text.repeat(next - i), glyph.style, colour) : ' '.repeat(next - i);
    i = next;
  }
  return line.trimEnd();
};

/** A line of ticks, and the line of their times below it. */
const axisOf = ({ from, to }: Timeline, width: number): readonly [string, string] => {
  const rule = Array.from({ length: width }, () => '─');
  let labels = '';
  for (const { at, label } of ticksOf(from, to, Math.max(1, Math.floor(width / TICK_ROOM)))) {
    const column = Math.min(width - 1, Math.floor(((at - from) / Math.max(1, to - from)) * width));
    rule[column] = '┴';
    const place = Math.min(column, width - label.length);
    if (place > labels.length || labels === '') labels = labels.padEnd(place) + label;
  }
  return [rule.join(''), labels];
};

const legendOf = (used: ReadonlySet<Glyph>, width: number, colour: boolean): string => {
  let [legend, room] = ['', 0];
  for (const glyph of [ALIVE, WAITING, ...Object.values(MARKS)]) {
    if (!used.has(glyph)) continue;
    const length = glyph.says.length + LEGEND_GAP.length + 2;
    const fits = length - LEGEND_GAP.length <= room;
    room = (fits ? room : width) - length;
    legend += `${fits ? LEGEND_GAP : '\n'}${paint(glyph.text, glyph.style, colour)} ${glyph.says}`;
  }
  return legend.trim();
};

/** A timeline as lines of text, no wider than asked for: one lane a process, a second line where runs overlap. */
export const renderTimeline = (
  timeline: Timeline,
  { width, colour }: { readonly width: number; readonly colour: boolean },
): string => {
  const longest = Math.max(...timeline.lanes.map(({ name }) => name.length));
  const nameWidth = Math.min(longest, NAME_MOST, Math.max(4, Math.floor(width / 3)));
  const chart = Math.max(MIN_CHART, width - nameWidth - 2);
  const used = new Set<Glyph>();
  const lines = timeline.lanes.flatMap((lane) =>
    Array.from({ length: lane.tracks }, (_, track) => {
      const cells = cellsOf(lane, track, timeline, chart);
      for (const glyph of cells) if (glyph) used.add(glyph);
      const name = sized(track === 0 ? lane.name : '  overlap!', nameWidth);
      return `${track === 0 ? name : paint(name, 'red', colour)}  ${painted(cells, colour)}`.trimEnd();
    }),
  );
  const [rule, labels] = axisOf(timeline, chart);
  const indent = ' '.repeat(nameWidth + 2);
  return [
    sized(`${formatTime(timeline.from)} to ${formatTime(timeline.to)}`, width).trimEnd(),
    ...lines,
    `${indent}${paint(rule, 'dim', colour)}`,
    `${indent}${paint(labels, 'dim', colour)}`,
    legendOf(used, width, colour),
  ].join('\n');
};

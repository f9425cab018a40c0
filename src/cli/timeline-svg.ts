import {
  type Lane,
  MARK_KINDS,
  type MarkKind,
  type Timeline,
  type TimelineMark,
} from '../projections/timeline.js';
import { formatTime } from './format.js';
import { ticksOf } from './time-axis.js';
import { MARKS } from './timeline-text.js';

const WIDTH = 1200;
const MARGIN = 16;
const NAMES = 190;
const TRACK = 24;
const BAR = 12;
const HEAD = 48;
const TICK_ROOM = 90;
const NAME_LETTERS = 26;

const INK = '#1f2328';
const FAINT = '#d0d7de';
const ALIVE = '#2da44e';
const WAIT = '#bf8700';
const CALM = '#0969da';
const BAD = '#cf222e';
const OVERLAP = '#ffebe9';

/** Text that stands for itself in XML; control characters have no place there at all. */
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids them
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const label = (x: number, y: number, text: string, more = ''): string =>
  `<text x="${x}" y="${y}" ${more}>${escaped(text)}</text>`;

/** The shape of a mark around a point; exhaustive by return type. */
const shapeOf = (kind: MarkKind, x: number, y: number): string => {
  const [left, right, top, bottom] = [x - 5, x + 5, y - 5, y + 5];
  switch (kind) {
    case 'started':
      return `<path d="M${x} ${y - 9}V${y + 9}" stroke="${ALIVE}" stroke-width="2"/>`;
    case 'ended':
      return `<path d="M${x} ${y - 9}V${y + 9}" stroke="${INK}" stroke-width="2"/>`;
    case 'failed':
      return `<path d="M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}" stroke="${BAD}" stroke-width="3"/>`;
    case 'lost':
      return `<circle cx="${x}" cy="${y}" r="6" fill="#fff" stroke="${BAD}" stroke-width="2"/><text x="${x}" y="${y + 4}" text-anchor="middle" font-size="11" font-weight="bold" fill="${BAD}">?</text>`;
    case 'adopted':
      return `<path d="M${x} ${y - 7}L${x + 7} ${y}L${x} ${y + 7}L${x - 7} ${y}Z" fill="${CALM}" stroke="#fff"/>`;
    case 'restored':
      return `<path d="M${x} ${y - 7}L${x + 7} ${bottom}L${x - 7} ${bottom}Z" fill="${CALM}" stroke="#fff"/>`;
    case 'not-run':
      return `<circle cx="${x}" cy="${y}" r="5" fill="#fff" stroke="${WAIT}" stroke-width="2"/>`;
    case 'gave-up':
      return `<rect x="${left}" y="${top}" width="10" height="10" fill="${BAD}"/>`;
  }
};

/** Where a time falls on the picture, kept inside the chart; to a tenth of a pixel. */
type Place = (at: number) => number;

const drawnMark = (mark: TimelineMark, x: Place, y: number): string => {
  const title = `event ${mark.seq}, ${formatTime(mark.at)}: ${mark.text}`;
  return `<g><title>${escaped(title)}</title>${shapeOf(mark.kind, x(mark.at), y)}</g>`;
};

const drawnLane = (lane: Lane, { from, to }: Timeline, x: Place, top: number): string[] => {
  const middle = (track: number): number => top + track * TRACK + TRACK / 2;
  const isShown = (span: { readonly from: number; readonly to: number | null }): boolean =>
    span.from <= to && (span.to ?? to) >= from;
  const name =
    lane.name.length > NAME_LETTERS ? `${lane.name.slice(0, NAME_LETTERS - 1)}…` : lane.name;
  const waits = lane.waits
    .filter(isShown)
    .map(
      (wait) =>
        `<path d="M${x(wait.from)} ${middle(0)}H${x(wait.to)}" stroke="${WAIT}" stroke-width="2" stroke-dasharray="3 3"/>`,
    );
  const bars = lane.bars.filter(isShown).map((bar) => {
    const [left, right] = [x(bar.from), x(bar.to ?? to)];
    const until = bar.to === null ? 'alive' : formatTime(bar.to);
    const title = `${bar.text}: ${formatTime(bar.from)} to ${until}`;
    return `<rect x="${left}" y="${middle(bar.track) - BAR / 2}" width="${Math.max(1, right - left).toFixed(1)}" height="${BAR}" fill="${bar.track === 0 ? ALIVE : BAD}" fill-opacity="0.75"><title>${escaped(title)}</title></rect>`;
  });
  const marks = lane.marks
    .filter(({ at }) => at >= from && at <= to)
    .sort((a, b) => MARK_KINDS.indexOf(b.kind) - MARK_KINDS.indexOf(a.kind))
    .map((mark) => drawnMark(mark, x, middle(mark.track)));
  const overlap =
    lane.tracks > 1
      ? [
          `<rect x="0" y="${top}" width="${WIDTH}" height="${lane.tracks * TRACK}" fill="${OVERLAP}"/>`,
          label(MARGIN, middle(1) + 4, 'overlap', `fill="${BAD}"`),
        ]
      : [];
  const title = label(
    MARGIN,
    middle(0) + 4,
    name,
    lane.process === null ? 'font-style="italic"' : '',
  );
  return [...overlap, title, ...waits, ...bars, ...marks];
};

const drawnAxis = (timeline: Timeline, x: Place, bottom: number): string[] =>
  ticksOf(timeline.from, timeline.to, Math.floor((WIDTH - NAMES - MARGIN) / TICK_ROOM)).flatMap(
    ({ at, label: text }) => [
      `<path d="M${x(at)} ${HEAD}V${bottom}" stroke="${FAINT}"/>`,
      label(x(at), bottom + 16, text, 'text-anchor="middle" font-size="11"'),
    ],
  );

const drawnLegend = (kinds: ReadonlySet<MarkKind>, y: number): string[] => {
  const shown = MARK_KINDS.filter((kind) => kinds.has(kind));
  return shown.flatMap((kind, index) => {
    const left = MARGIN + 8 + (index % 4) * 290;
    const line = y + Math.floor(index / 4) * TRACK;
    return [shapeOf(kind, left, line), label(left + 14, line + 4, MARKS[kind].says)];
  });
};

/** A timeline as a picture: one SVG that needs nothing else, with what each mark means on hovering. */
export const timelineSvg = (timeline: Timeline): string => {
  const { from, to, lanes } = timeline;
  const room = WIDTH - NAMES - MARGIN;
  const x: Place = (at) => {
    const share = Math.min(1, Math.max(0, (at - from) / Math.max(1, to - from)));
    return Number((NAMES + share * room).toFixed(1));
  };
  let bottom = HEAD;
  const drawn = lanes.flatMap((lane) => {
    const parts = drawnLane(lane, timeline, x, bottom);
    bottom += lane.tracks * TRACK;
    return parts;
  });
  const shown = lanes.flatMap(({ marks }) => marks.filter(({ at }) => at >= from && at <= to));
  const kinds = new Set(shown.map(({ kind }) => kind));
  const height = bottom + 48 + Math.ceil(kinds.size / 4) * TRACK;
  const title = `${formatTime(from)} to ${formatTime(to)}`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    `<title>opm timeline, ${title}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    label(MARGIN, 28, title, 'font-size="15" font-weight="bold"'),
    ...drawnAxis(timeline, x, bottom),
    ...drawn,
    ...drawnLegend(kinds, bottom + 42),
    '</svg>',
  ].join('\n')}\n`;
};

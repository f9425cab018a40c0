import type { Subject } from '../model.js';
import { figure, type Line, shownValue } from '../summary.js';

const COLOURS: Readonly<Record<Subject, string>> = {
  floor: '#9aa0a6',
  opm: '#1a73e8',
  PM2: '#e8710a',
  supervisor: '#188038',
  runit: '#9334e6',
};

const WIDTH = 720;
const LABEL = 110;
const FIGURE = 90;
const BAR = 18;
const GAP = 6;
const HEAD = 26;

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** One group: a heading, then a bar for each contestant, as long as its figure among these. */
const group = (line: Line, top: number): { readonly svg: string; readonly bottom: number } => {
  const values = line.cells.map((cell) => shownValue(line, cell));
  const most = Math.max(...values, Number.MIN_VALUE);
  const room = WIDTH - LABEL - FIGURE;
  const parts = [
    `<text x="0" y="${top + 16}" font-weight="bold">${escapeXml(line.label)}, ${line.unit}</text>`,
  ];
  let y = top + HEAD;
  line.cells.forEach(({ subject, low, high }, i) => {
    const width = Math.max(1, (values[i]! / most) * room);
    const middle = y + BAR - 5;
    parts.push(
      `<text x="${LABEL - 8}" y="${middle}" text-anchor="end">${subject}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${COLOURS[subject]}"><title>${figure(low)} to ${figure(high)}</title></rect>`,
      `<text x="${(LABEL + width + 6).toFixed(1)}" y="${middle}">${figure(values[i]!)}</text>`,
    );
    y += BAR + GAP;
  });
  return { svg: parts.join('\n'), bottom: y + GAP };
};

/** The lines of a row as horizontal bars, an SVG document that reads on light and dark pages. */
export const chart = (title: string, lines: readonly Line[]): string => {
  let top = 8;
  const groups = lines.map((line) => {
    const { svg, bottom } = group(line, top);
    top = bottom + 6;
    return svg;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" font-family="sans-serif" font-size="13" fill="#5f6368" role="img" aria-label="${escapeXml(title)}">
<title>${escapeXml(title)}</title>
${groups.join('\n')}
</svg>
`;
};

import { expect } from 'chai';
import { ticksOf } from '../../src/cli/time-axis.js';
import { timelineSvg } from '../../src/cli/timeline-svg.js';
import { renderTimeline } from '../../src/cli/timeline-text.js';
import { processId, seq } from '../../src/domain/ids.js';
import { MARK_KINDS, type Timeline } from '../../src/projections/timeline.js';

const FROM = new Date(2026, 0, 31, 3, 0).getTime();
const bar = { from: FROM, to: FROM + 30_000, text: 'run 0-1', track: 0 };
const second = { from: FROM + 20_000, to: null, text: 'run 0-2', track: 1 };

const timeline: Timeline = {
  from: FROM,
  to: FROM + 60_000,
  lanes: [
    {
      process: processId(0),
      name: 'a<b>&"c" (0)',
      tracks: 2,
      bars: [bar, second],
      waits: [],
      marks: MARK_KINDS.map((kind, index) => ({
        kind,
        at: FROM + index * 5000,
        seq: seq(index + 1),
        text: `<${kind}> & more`,
        track: 0,
      })),
    },
  ],
};

/** Names of elements that are not closed properly; a stray `<`, `&` or quote breaks the pattern and is left over. */
const malformed = (xml: string): string[] => {
  const open: string[] = [];
  const rest = xml.replace(
    /<(\/?)([\w-]+)((?:\s[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, close, name, _attributes, self) => {
      if (close) {
        if (open.pop() !== name) open.push(`/${name}`);
      } else if (!self) open.push(name);
      return '';
    },
  );
  const stray = rest.replace(/&(amp|lt|gt|quot);/g, '').match(/[<>&]/g) ?? [];
  return [...open, ...stray];
};

describe('a timeline in the terminal', () => {
  for (const width of [40, 80, 200]) {
    it(`is no wider than ${width} columns, and without colour holds no escape`, () => {
      const text = renderTimeline(timeline, { width, colour: false });
      for (const line of text.split('\n')) expect(line.length, line).to.be.at.most(width);
      expect(text).to.not.include('\u001b');
    });
  }

  it('draws a bar as long as it lived, and an overlap on a line of its own', () => {
    const [, lane, overlap] = renderTimeline(
      { ...timeline, lanes: [{ ...timeline.lanes[0]!, name: 'web (0)', marks: [] }] },
      { width: 9 + 60, colour: false },
    ).split('\n');
    expect(lane).to.equal(`web (0)  ${'━'.repeat(31)}`);
    expect(overlap).to.equal(`${'  overlap!'.slice(0, 6)}…  ${' '.repeat(20)}${'━'.repeat(40)}`);
  });

  it('explains the marks that it uses, and no others', () => {
    const calm = { ...timeline, lanes: [{ ...timeline.lanes[0]!, marks: [] }] };
    expect(renderTimeline(timeline, { width: 200, colour: false })).to.include('✗ failed');
    expect(renderTimeline(calm, { width: 200, colour: false })).to.not.include('✗');
  });
});

describe('a timeline as a picture', () => {
  it('is well-formed, with every name and text escaped', () => {
    const svg = timelineSvg(timeline);
    expect(malformed(svg)).to.deep.equal([]);
    expect(svg).to.include('a&lt;b&gt;&amp;&quot;c&quot; (0)');
    expect(malformed('<a><b></a>')).to.not.deep.equal([]);
    expect(malformed('<a>1 < 2</a>')).to.not.deep.equal([]);
  });

  it('needs nothing else: it names no file, no script and no font to load', () => {
    const svg = timelineSvg(timeline).replace('http://www.w3.org/2000/svg', '');
    expect(svg).to.not.match(/https?:|href|url\(|<script|@import/);
  });

  it('draws one bar a run, and a title for every mark', () => {
    const svg = timelineSvg(timeline);
    expect(svg.match(/fill-opacity/g)).to.have.length(2);
    for (const kind of MARK_KINDS) expect(svg).to.include(`&lt;${kind}&gt; &amp; more`);
  });
});

describe('the ticks of a time axis', () => {
  it('fall on round local times, no more than there is room for', () => {
    const labels = (span: number): string[] =>
      ticksOf(FROM + 1, FROM + span, 5).map(({ label }) => label);
    expect(labels(60_000)).to.deep.equal(['03:00:15', '03:00:30', '03:00:45', '03:01:00']);
    expect(labels(3_600_000)).to.deep.equal(['03:15', '03:30', '03:45', '04:00']);
    for (const span of [7, 999, 12_345, 86_400_000, 1e11]) {
      expect(labels(span).length).to.be.at.most(6);
    }
  });

  it('a moment has at most one', () => {
    expect(ticksOf(FROM, FROM, 5).length).to.be.at.most(1);
  });
});

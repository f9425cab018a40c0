import { keyOf } from '../domain/app.js';
import { maskedApp, masker } from '../domain/masking.js';
import { counted } from '../projections/wording.js';
import { formatTime } from './format.js';
import { renderIncidents } from './incident-lines.js';
import type { Moment } from './moment.js';
import { renderRows } from './process-rows.js';
import { auditLines } from './read-audit.js';
import type { ReportFacts } from './read-report.js';
import { renderTimeline } from './timeline-text.js';
import { renderWhy } from './why-lines.js';

const WIDTH = 110;

export interface ReportFrame {
  readonly home: string;
  readonly since: Moment | null;
  /** Values that may stand nowhere in it. */
  readonly secrets: readonly string[];
  /** Name and value of each fact about this machine and this opm. */
  readonly system: readonly (readonly [string, string])[];
}

/** Text that Markdown leaves alone. */
const block = (text: string, language = 'text'): string => {
  const longest = Math.max(2, ...[...text.matchAll(/~+/g)].map(([run]) => run.length));
  const fence = '~'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
};

/** How much a report tells of. */
export const reportSummary = ({ incidents, audit, lines }: ReportFacts): string => {
  const found = counted(incidents.incidents.length, 'incident');
  const wrong = audit.problems.length;
  const problems = wrong === 0 ? '' : `, ${counted(wrong, 'problem')} in the log`;
  return `${found}${problems}, the last ${counted(lines.length, 'event')}`;
};

/**
 * A report about a home as Markdown, complete in itself: what was checked and found, the timeline, why the troubled stand as they
 * do, the last events and the definitions. Secrets are masked throughout; what programs print is not part of it.
 */
export const reportText = (facts: ReportFacts, frame: ReportFrame): string => {
  const { home, since, system, secrets } = frame;
  const { isLive, audit, incidents, timeline, infos, answers, lines, omitted } = facts;
  const apps = new Map(infos.map(({ app }) => [keyOf(app), app]));
  const definitions = [...apps.values()].map(maskedApp);
  const [from, to] = [timeline.from, timeline.to].map(formatTime);
  const earlier = omitted === 0 ? '' : `; ${counted(omitted, 'earlier one')} left out`;
  const sections = [
    `# opm report, ${from} to ${to}`,
    [
      ...[['home', home], ['daemon', isLive ? 'running' : 'none'], ...system],
      ['events', `${incidents.events} in the log`],
    ]
      .map(([name, value]) => `- ${name}: ${value}`)
      .join('\n'),
    'Values of variables and flags that sound secret are masked as `***`, and every value of the vault wherever it stands. Of what programs print, only the last error output of those that were given up is part of this.',
    '## Audit',
    block(auditLines(audit).join('\n')),
    '## Incidents',
    block(renderIncidents(incidents, since, false)),
    '## Timeline',
    block(renderTimeline(timeline, { width: WIDTH, colour: false })),
    '## Processes',
    block(
      renderRows(
        infos.map(({ row }) => row),
        timeline.to,
        { width: WIDTH, colour: false },
      ),
    ),
    ...(answers.length === 0
      ? []
      : ['## Why', block(answers.map((why) => renderWhy(why, timeline.to, false)).join('\n\n'))]),
    '## Events',
    `The last ${lines.length}${earlier}.`,
    block(lines.join('\n')),
    '## Definitions',
    block(JSON.stringify(definitions, null, 2), 'json'),
  ];
  const mask = masker(apps.values(), secrets);
  return `${mask(sections.join('\n\n'))}\n`;
};

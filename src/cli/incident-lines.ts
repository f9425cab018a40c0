import type { Incidents } from '../projections/incidents/find-incidents.js';
import type { Incident, Severity } from '../projections/incidents/incident.js';
import { counted } from '../projections/wording.js';
import { formatTime } from './format.js';
import { type Moment, momentText } from './moment.js';
import { coloured, paint, type Style } from './table.js';

const STYLES: Readonly<Record<Severity, Style>> = {
  prevented: 'green',
  notice: 'yellow',
  trouble: 'red',
};
const MOST_SEQS = 8;

const proofs = ({ seqs }: Incident): string => {
  const [shown, rest] = [seqs.slice(0, MOST_SEQS - 1), seqs.slice(MOST_SEQS - 1)];
  const more =
    rest.length > 1
      ? ` … ${rest.at(-1)} (${seqs.length} events)`
      : rest.length === 1
        ? ` ${rest[0]}`
        : '';
  return `${shown.join(' ')}${more}`;
};

const rendered = (incident: Incident, colour: boolean): string => {
  const { kind, severity, from, what, advice } = incident;
  const dim = (text: string): string => paint(text, 'dim', colour);
  const head = `${formatTime(from)}  ${paint(severity, STYLES[severity], colour)}  ${paint(kind, 'bold', colour)}`;
  return [head, `  ${what}`, dim(`  events: ${proofs(incident)}`), `  do: ${advice}`].join('\n');
};

/** What was found in a history, oldest first, or that it is clean. */
export const renderIncidents = (
  { events, first, last, incidents }: Incidents,
  since: Moment | null = null,
  colour: boolean = coloured(),
): string => {
  const range =
    first && last
      ? `${counted(events, 'event')} (${first.seq} to ${last.seq}, ${formatTime(first.at)} to ${formatTime(last.at)})`
      : 'an empty log';
  if (incidents.length === 0) {
    const from = since === null ? '' : ` since ${momentText(since)}`;
    return `A clean history${from}: no duplicate start, no suspect and no relative of one in ${range}.`;
  }
  const count = (severity: Severity): string =>
    `${incidents.filter((incident) => incident.severity === severity).length} ${severity}`;
  const summary = `${counted(incidents.length, 'incident')} in ${range}: ${count('trouble')}, ${count('notice')}, ${count('prevented')}`;
  return [...incidents.map((incident) => rendered(incident, colour)), summary].join('\n\n');
};

import type { AuditReport, ProcessInfo } from '../api/routes.js';
import type { Client } from '../client/client.js';
import { now } from '../platform/clock.js';
import { IncidentFinder, type Incidents } from '../projections/incidents/find-incidents.js';
import { Narrator } from '../projections/narrator.js';
import { type Timeline, timelineOf } from '../projections/timeline.js';
import type { Why } from '../projections/why.js';
import { historyLine } from './history-lines.js';
import { isSince, type Moment } from './moment.js';
import { readAudit } from './read-audit.js';
import { readBeginning, readEvents, readInfos } from './read-home.js';
import { wellBefore } from './read-incidents.js';
import { explain } from './read-why.js';

const MOST_EVENTS = 200;
const MOST_EXPLAINED = 20;

/** What a report about a home is made of. */
export interface ReportFacts {
  readonly isLive: boolean;
  /** Of the whole log, whatever the report is about. */
  readonly audit: AuditReport;
  readonly incidents: Incidents;
  readonly timeline: Timeline;
  readonly infos: readonly ProcessInfo[];
  /** Of those that are not as they are wanted, or that are part of some trouble. */
  readonly answers: readonly Why[];
  /** The last events as lines, and how many came before them. */
  readonly lines: readonly string[];
  readonly omitted: number;
}

/** Processes that whoever reads the report will ask about. */
const concerned = (infos: readonly ProcessInfo[], { incidents }: Incidents): ProcessInfo[] => {
  const troubled = new Set(
    incidents
      .filter(({ severity }) => severity === 'trouble')
      .flatMap(({ processes }) => processes),
  );
  return infos.filter(
    ({ row }) => troubled.has(row.id) || (row.wanted === 'up') !== (row.status === 'online'),
  );
};

/** Reads all that a report tells, of the time since a moment. */
export const readReport = async (client: Client, since: Moment | null): Promise<ReportFacts> => {
  const isLive = (await client.ask('GET /v1/daemon', {})) !== null;
  const infos = await readInfos(client);
  const beginning = await readBeginning(client, since && wellBefore(since));
  const finder = new IncidentFinder(beginning);
  const narrator = new Narrator(beginning?.infos);
  const lines: string[] = [];
  let omitted = 0;
  let from = since?.kind === 'time' ? since.at : (since === null && beginning?.at) || null;
  for await (const event of readEvents(client, { after: beginning?.seq ?? 0 })) {
    finder.observe(event);
    const line = historyLine(event, narrator, false);
    if (since !== null && !isSince(event, since)) continue;
    from ??= event.at;
    lines.push(line);
    if (lines.length <= MOST_EVENTS) continue;
    lines.shift();
    omitted += 1;
  }
  const incidents = finder.found((mark) => since === null || isSince(mark, since));
  const to = isLive ? now() : (incidents.last?.at ?? 0);
  const answers: Why[] = [];
  for (const info of concerned(infos, incidents).slice(0, MOST_EXPLAINED)) {
    answers.push(await explain(client, info));
  }
  const timeline = timelineOf(finder.history, { from: Math.min(from ?? to, to), to });
  const audit = await readAudit(client);
  return { isLive, audit, incidents, timeline, infos, answers, lines, omitted };
};

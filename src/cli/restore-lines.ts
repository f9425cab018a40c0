import type { RestoreResult } from '../domain/event.js';
import type { Row } from '../projections/process-table.js';
import type { RestoreReport } from '../projections/restore-report.js';
import { coloured, paint, type Style } from './table.js';

const STYLES: Readonly<Record<RestoreResult['outcome'], Style>> = {
  started: 'green',
  'already-up': 'dim',
  failed: 'red',
  'rolled-back': 'yellow',
  superseded: 'dim',
};

const VERDICTS: Readonly<Record<RestoreReport['outcome'], string>> = {
  up: '',
  incomplete: '; the others failed',
  'rolled-back': '; what it had started was stopped again',
  open: '; still running',
};

/** One line per process and a summary. */
export const renderReport = (
  report: RestoreReport,
  rows: readonly Row[],
  joined: boolean,
): string => {
  const colour = coloured();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const lines = report.results.map(({ process, outcome, problem }) => {
    const row = byId.get(process);
    const name = row ? row.name : 'deleted';
    const detail = problem ?? (row?.pid ? `pid ${row.pid}` : '');
    return `${String(process).padStart(4)}  ${paint(outcome.padEnd(11), STYLES[outcome], colour)}  ${name}  ${detail}`;
  });
  const up = report.results.filter(
    ({ outcome }) => outcome === 'started' || outcome === 'already-up',
  );
  const tookMs = (report.completedAt ?? report.requestedAt) - report.requestedAt;
  const summary = `restore ${report.runKey}${joined ? ' (joined)' : ''}: ${up.length} of ${report.results.length} up in ${tookMs} ms${VERDICTS[report.outcome]}`;
  return [...lines, summary].join('\n');
};

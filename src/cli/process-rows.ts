import type { Row, Status } from '../projections/process-table.js';
import { formatAge, formatBytes } from './format.js';
import { type Column, renderTable, type Style } from './table.js';

const STYLES: Readonly<Record<Status, Style>> = {
  online: 'green',
  launching: 'cyan',
  stopping: 'yellow',
  'waiting restart': 'yellow',
  stopped: 'dim',
  errored: 'red',
};

const columns = (now: number): readonly Column<Row>[] => [
  { head: 'id', cell: (row) => String(row.id), align: 'right' },
  { head: 'name', cell: (row) => row.name, gives: 1 },
  { head: 'namespace', cell: (row) => row.namespace, gives: 2, drops: 4 },
  {
    head: 'status',
    cell: (row) => ({ text: row.status, style: STYLES[row.status] }),
  },
  { head: 'pid', cell: (row) => String(row.pid ?? '-'), align: 'right' },
  {
    head: 'uptime',
    cell: (row) => (row.startedAt === null ? '-' : formatAge(now - row.startedAt)),
    align: 'right',
  },
  { head: '↺', cell: (row) => String(row.restarts), align: 'right' },
  {
    head: 'cpu',
    cell: (row) => (row.cpuPercent === null ? '-' : `${row.cpuPercent}%`),
    align: 'right',
    drops: 2,
  },
  {
    head: 'memory',
    cell: (row) => formatBytes(row.memoryBytes),
    align: 'right',
    drops: 1,
  },
  { head: 'last exit', cell: (row) => describeExit(row), gives: 3, drops: 3 },
];

const describeExit = ({ lastExit }: Row): string => {
  if (!lastExit) return '';
  const { code, signal, reason } = lastExit;
  const what = signal ?? (code === null ? '' : `code ${code}`);
  return [what, reason === 'exited' ? '' : reason].filter(Boolean).join(', ');
};

/** The process table as text. */
export const renderRows = (
  rows: readonly Row[],
  now = Date.now(),
  options: Parameters<typeof renderTable>[2] = {},
): string => {
  if (rows.length === 0) return 'No processes. `opm start SCRIPT` starts one.';
  const waiting = rows.filter((row) => row.awaitsRestore).length;
  const table = renderTable(rows, columns(now), options);
  return waiting === 0 ? table : `${table}\n\n${waiting} waiting for \`opm restore\``;
};

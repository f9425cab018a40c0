import { resolve } from 'node:path';
import type { ProcessInfo } from '../api/routes.js';
import { argvOf } from '../domain/app.js';
import { maskedApp } from '../domain/masking.js';
import { shellWord } from '../platform/shell-word.js';
import { formatBytes, formatDuration, formatTime } from './format.js';
import { policyLines } from './policy-lines.js';

const time = (at: number | null): string => (at === null ? '-' : formatTime(at));

/** Everything about one process, a line a fact. */
export const describeProcess = (info: ProcessInfo, logs: string): string => {
  const { row, process } = info;
  const app = maskedApp(info.app);
  const { stop } = app;
  const exit = row.lastExit;
  const facts: readonly (readonly [string, string])[] = [
    ['id', String(row.id)],
    ['name', row.name],
    ['namespace', row.namespace],
    ['instance', `${row.instance} (of ${app.instances})`],
    ['status', `${row.status}, wanted ${row.wanted}${row.adopted ? ', adopted' : ''}`],
    ...(row.problem ? [['problem', row.problem] as const] : []),
    ['pid', String(row.pid ?? '-')],
    ['spawn key', row.spawnKey ?? '-'],
    ['command', argvOf(app.command).map(shellWord).join(' ')],
    ['cwd', app.cwd],
    ['created', time(process.createdAt)],
    ['started', time(row.startedAt)],
    ['restarts', String(row.restarts)],
    ['next restart', time(row.nextRestartAt)],
    [
      'last exit',
      exit ? `${exit.signal ?? `code ${exit.code ?? '-'}`}, ${exit.reason}, ${time(exit.at)}` : '-',
    ],
    ['cpu, memory', `${row.cpuPercent ?? '-'}%, ${formatBytes(row.memoryBytes)}`],
    ['output', resolve(logs, row.logs.out)],
    ['errors', resolve(logs, row.logs.error)],
    ...policyLines(app),
    ['stop', `${stop.killSignal}, SIGKILL after ${formatDuration(stop.killTimeoutMs)}`],
    ...process.errorLines.map((line) => ['last error', line] as const),
  ];
  return facts.map(([name, value]) => `${name.padEnd(15)} ${value}`).join('\n');
};

import { join } from 'node:path';
import type { ProcessInfo } from '../api/routes.js';
import { argvOf } from '../domain/app.js';
import { formatBytes, formatTime } from './format.js';

const time = (at: number | null): string => (at === null ? '-' : formatTime(at));

/** Everything about one process, a line a fact. */
export const describeProcess = ({ row, app, process }: ProcessInfo, logs: string): string => {
  const { restart, stop } = app;
  const exit = row.lastExit;
  const facts: readonly (readonly [string, string])[] = [
    ['id', String(row.id)],
    ['name', row.name],
    ['namespace', row.namespace],
    ['instance', `${row.instance} (of ${app.instances})`],
    ['status', `${row.status}, wanted ${row.wanted}${row.adopted ? ', adopted' : ''}`],
    ['pid', String(row.pid ?? '-')],
    ['spawn key', row.spawnKey ?? '-'],
    ['command', argvOf(app.command).join(' ')],
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
    ['output', join(logs, row.logs.out)],
    ['errors', join(logs, row.logs.error)],
    [
      'restart policy',
      restart.autorestart
        ? `at most ${restart.maxRestarts} unstable restarts in ${restart.restartWindowMs} ms; unstable below ${restart.minUptimeMs} ms; pause ${restart.restartDelayMs} ms; back-off from ${restart.backoffInitialMs} ms`
        : 'never',
    ],
    ['stop', `${stop.killSignal}, SIGKILL after ${stop.killTimeoutMs} ms`],
  ];
  return facts.map(([name, value]) => `${name.padEnd(15)} ${value}`).join('\n');
};

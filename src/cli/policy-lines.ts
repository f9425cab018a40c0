import type { App } from '../domain/app.js';
import type { Probe } from '../domain/policy.js';
import { formatBytes, formatDuration } from './format.js';

type Fact = readonly [name: string, value: string];

const restartPolicy = ({ restart }: App): string => {
  const { autorestart, stopExitCodes } = restart;
  if (autorestart === 'never') return 'never';
  const window = formatDuration(restart.restartWindowMs);
  const parts = [
    ...(autorestart === 'on-failure' ? ['on failure'] : []),
    ...(stopExitCodes.length > 0 ? [`not after code ${stopExitCodes.join(', ')}`] : []),
    `at most ${restart.maxRestarts} restarts in ${window} after runs shorter than ${formatDuration(restart.minUptimeMs)}`,
    ...(restart.restartDelayMs ? [`${formatDuration(restart.restartDelayMs)} between runs`] : []),
    ...(restart.backoffInitialMs
      ? [
          `back-off from ${formatDuration(restart.backoffInitialMs)} to ${formatDuration(restart.backoffCapMs)}`,
        ]
      : []),
  ];
  return parts.join('; ');
};

const probeInWords = (probe: Probe, says: readonly [message: string, notice: string]): string => {
  switch (probe.kind) {
    case 'tcp':
      return `${probe.host}:${probe.port} takes a connection`;
    case 'http':
      return `${probe.url} answers`;
    case 'output':
      return `a line of output matches ${probe.pattern}`;
    case 'command':
      return `"${probe.command}" exits with 0`;
    case 'message':
      return `it sends '${says[0]}'`;
    case 'descriptor':
      return `it ends a line on descriptor ${probe.fd}`;
    case 'notify':
      return `it sends ${says[1]}`;
  }
};

/** When opm acts on an app by itself, a line a policy; those that it has not are left out. */
export const policyLines = (app: App): readonly Fact[] => {
  const { readiness, liveness, memory, watch, cronRestart, schedule, dependsOn } = app.policies;
  const facts: Fact[] = [['restart policy', restartPolicy(app)]];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) facts.push([name, value]);
  };
  add(
    'ready when',
    readiness &&
      `${probeInWords(readiness.probe, ['ready', 'READY=1'])}, within ${formatDuration(readiness.timeoutMs)}`,
  );
  add(
    'well while',
    liveness &&
      `${probeInWords(liveness.probe, ['alive', 'WATCHDOG=1'])}; asked every ${formatDuration(liveness.intervalMs)}, restarted after ${liveness.failures} failures`,
  );
  add(
    'memory limit',
    memory &&
      `${formatBytes(memory.maxBytes)}, measured every ${formatDuration(memory.intervalMs)}`,
  );
  add('watches', watch?.paths.join(', '));
  add('restarted at', cronRestart);
  add('scheduled', schedule && `${schedule.cron}; while it runs: ${schedule.overlap}`);
  add('depends on', dependsOn?.map((one) => `${one.app} (${one.condition})`).join(', '));
  return facts;
};

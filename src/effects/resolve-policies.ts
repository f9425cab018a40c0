import { resolve } from 'node:path';
import type { AppSpec } from '../config/app-keys.js';
import {
  type AskingProbe,
  type Dependency,
  type Liveness,
  type LogPolicy,
  POLICY_DEFAULTS,
  type Policies,
  type Probe,
  type ProcessSetup,
  type Readiness,
  type WatchPolicy,
} from '../domain/policy.js';

const { memory, watch, readiness, waitReadyMs, liveness, dependency } = POLICY_DEFAULTS;

/** The same without what is undefined; undefined when nothing is left. */
const given = <T extends object>(parts: { [K in keyof T]: T[K] | undefined }): T | undefined => {
  const present = Object.entries(parts).filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : (Object.fromEntries(present) as T);
};

type HealthSpec = NonNullable<AppSpec['health']>;
type ReadySpec = NonNullable<AppSpec['ready']>;

const askingProbe = (spec: HealthSpec | ReadySpec): AskingProbe => {
  if (spec.http !== undefined) return { kind: 'http', url: spec.http, status: spec.status ?? [] };
  if (spec.command !== undefined) return { kind: 'command', command: spec.command };
  const [, host = '127.0.0.1', port] = /^(?:\[?(.*?)\]?:)?(\d+)$/.exec(String(spec.tcp)) ?? [];
  return { kind: 'tcp', host, port: Number(port) };
};

const probeOf = (spec: HealthSpec | ReadySpec): Probe => {
  if (spec.output !== undefined) return { kind: 'output', pattern: spec.output };
  if (spec.descriptor !== undefined) return { kind: 'descriptor', fd: spec.descriptor };
  if (spec.message) return { kind: 'message' };
  if (spec.notify) return { kind: 'notify' };
  return askingProbe(spec);
};

const readinessOf = (spec: AppSpec): Readiness | undefined => {
  const { ready } = spec;
  if (ready) {
    return {
      probe: probeOf(ready),
      timeoutMs: ready.timeout ?? spec.listen_timeout ?? readiness.timeoutMs,
      intervalMs: ready.interval ?? readiness.intervalMs,
    };
  }
  if (!spec.wait_ready) return undefined;
  const timeoutMs = spec.listen_timeout ?? waitReadyMs;
  return { probe: { kind: 'message' }, timeoutMs, intervalMs: readiness.intervalMs };
};

const livenessOf = ({ health }: AppSpec): Liveness | undefined =>
  health && {
    probe: probeOf(health),
    intervalMs: health.interval ?? liveness.intervalMs,
    timeoutMs: health.timeout ?? liveness.timeoutMs,
    failures: health.failures ?? liveness.failures,
  };

const watchOf = (spec: AppSpec, cwd: string): WatchPolicy | undefined => {
  const { watch: wanted, watch_options: options = {} } = spec;
  if (!wanted) return undefined;
  const paths = wanted === true ? [cwd] : wanted.map((path) => resolve(cwd, path));
  return {
    paths,
    ignore: [...(spec.ignore_watch ?? []), ...(options.ignored ?? [])],
    delayMs: spec.watch_delay ?? watch.delayMs,
    pollMs: options.usePolling ? (options.interval ?? watch.pollMs) : 0,
    followSymlinks: options.followSymlinks ?? true,
  };
};

const dependenciesOf = ({ depends_on: list }: AppSpec): readonly Dependency[] | undefined =>
  list && list.length > 0
    ? list.map(({ app, condition }) => ({ app, condition: condition ?? dependency.condition }))
    : undefined;

const logsOf = (spec: AppSpec, cwd: string): LogPolicy | undefined => {
  const path = (file: string | undefined) => file && resolve(cwd, file);
  return given<LogPolicy>({
    outFile: path(spec.out_file),
    errorFile: path(spec.error_file),
    mergedFile: path(spec.log_file),
    mergeInstances: spec.merge_logs,
    time: spec.time,
    dateFormat: spec.log_date_format,
    json: spec.log_type && spec.log_type === 'json',
  });
};

/** The parts of a definition that are there only when it asks for them, with their defaults filled in. */
export const resolvePolicies = (spec: AppSpec, cwd: string): Policies => {
  const { max_memory_restart: maxBytes, schedule } = spec;
  return (
    given<Policies>({
      memory:
        maxBytes === undefined
          ? undefined
          : { maxBytes, intervalMs: spec.memory_interval ?? memory.intervalMs },
      watch: watchOf(spec, cwd),
      cronRestart: spec.cron_restart,
      schedule: schedule && {
        cron: schedule.cron,
        overlap: schedule.overlap ?? POLICY_DEFAULTS.schedule.overlap,
        timeZone: schedule.timezone ?? null,
      },
      setup: given<ProcessSetup>({
        uid: spec.uid,
        gid: spec.gid,
        umask: spec.umask === undefined ? undefined : Number.parseInt(spec.umask, 8),
        nice: spec.nice,
        maxOpenFiles: spec.max_open_files,
        maxCoreBytes: spec.max_core_size,
      }),
      readiness: readinessOf(spec),
      liveness: livenessOf(spec),
      dependsOn: dependenciesOf(spec),
      logs: logsOf(spec, cwd),
    }) ?? {}
  );
};

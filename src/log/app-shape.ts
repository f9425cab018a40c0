import type { App, Command, RestartPolicy, StopPolicy } from '../domain/app.js';
import type { Environment, EnvValues } from '../domain/environment.js';
import type {
  Dependency,
  Liveness,
  LogPolicy,
  MemoryPolicy,
  Policies,
  Probe,
  ProcessSetup,
  Readiness,
  Schedule,
  WatchPolicy,
} from '../domain/policy.js';
import {
  count,
  flag,
  list,
  nullable,
  number,
  oneOfKinds,
  plain,
  record,
  type Shape,
  sparse,
  text,
  word,
} from './shape.js';

const command = record<Command>({
  script: text(),
  args: list(text()),
  interpreter: nullable(text()),
  interpreterArgs: list(text()),
  shell: flag,
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Stored as an object: names with texts, or with `{"secret"}` where the vault has the text. */
const envValues = plain<EnvValues>(
  'names with texts or secrets',
  (values) =>
    isObject(values) &&
    Object.values(values).every(
      (value) => typeof value === 'string' || (isObject(value) && typeof value.secret === 'string'),
    ),
);

const env = record<Environment>({
  base: envValues,
  inherit: flag,
  filter: list(text()),
  defaults: envValues,
  files: list(text()),
  values: envValues,
  secrets: list(text()),
  instanceVar: text(),
  incrementVar: nullable(text()),
});

const restart = record<RestartPolicy>({
  autorestart: word({ always: true, 'on-failure': true, never: true }),
  maxRestarts: number,
  restartWindowMs: number,
  minUptimeMs: number,
  restartDelayMs: number,
  backoffInitialMs: number,
  backoffCapMs: number,
  stopExitCodes: list(count()),
});

const stop = record<StopPolicy>({
  killSignal: text(),
  killTimeoutMs: number,
  treekill: flag,
  killRetryMs: number,
  shutdownWithMessage: flag,
});

const tcp = record<Omit<Extract<Probe, { kind: 'tcp' }>, 'kind'>>({ host: text(), port: count() });
const http = record<Omit<Extract<Probe, { kind: 'http' }>, 'kind'>>({
  url: text(),
  status: list(count()),
});
const output = record({ pattern: text() });
const shellCommand = record({ command: text() });

const probe = oneOfKinds<Probe>({
  tcp,
  http,
  output,
  command: shellCommand,
  message: record({}),
  descriptor: record({ fd: count() }),
  notify: record({}),
});

const policies: Shape<Policies> = sparse<Policies>({
  memory: record<MemoryPolicy>({ maxBytes: number, intervalMs: number }),
  watch: record<WatchPolicy>({
    paths: list(text()),
    ignore: list(text()),
    delayMs: number,
    pollMs: number,
    followSymlinks: flag,
  }),
  cronRestart: text(),
  schedule: record<Schedule>({
    cron: text(),
    overlap: word({ skip: true, queue: true, replace: true }),
    timeZone: nullable(text()),
  }),
  setup: sparse<ProcessSetup>({
    uid: text(),
    gid: text(),
    umask: count(),
    nice: number,
    maxOpenFiles: count(),
    maxCoreBytes: count(),
  }),
  readiness: record<Readiness>({ probe, timeoutMs: number, intervalMs: number }),
  liveness: record<Liveness>({
    probe,
    intervalMs: number,
    timeoutMs: number,
    failures: count(),
  }),
  dependsOn: list(
    record<Dependency>({
      app: text(),
      condition: word({ started: true, ready: true, 'exited-successfully': true }),
    }),
  ),
  logs: sparse<LogPolicy>({
    outFile: text(),
    errorFile: text(),
    mergedFile: text(),
    mergeInstances: flag,
    time: flag,
    dateFormat: text(),
    json: flag,
  }),
});

/** A definition, as AppDefined and AppChanged store it. */
export const app = record<App>({
  name: text(),
  namespace: text(),
  command,
  cwd: text(),
  env,
  instances: count(),
  autostart: flag,
  restart,
  stop,
  policies,
  source: nullable(text()),
});

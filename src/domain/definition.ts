import { type App, type Command, DEFAULT_RESTART, DEFAULT_STOP } from './app.js';
import { EMPTY_ENVIRONMENT, type EnvValues, shownValue } from './environment.js';
import { type LogPolicy, POLICY_DEFAULTS, type Policies, type Probe } from './policy.js';

const { memory, watch } = POLICY_DEFAULTS;

/** A definition as plain values under the names of an app file's keys; times in ms, sizes in bytes. */
export type Definition = Readonly<Record<string, unknown>>;

/** One key of a definition: where an app has it, and whether only a new run shows a change of it. */
interface Aspect {
  /** As an app file would have it; undefined where it would not. */
  readonly read: (app: App) => unknown;
  readonly needsRun: boolean;
}

const run = (read: Aspect['read']): Aspect => ({ read, needsRun: true });
const inPlace = (read: Aspect['read']): Aspect => ({ read, needsRun: false });

const interpreterOf = ({ interpreter, shell, script }: Command): string | undefined => {
  if (interpreter !== null) return interpreter;
  return !shell && script.includes('/') ? 'none' : undefined;
};

const probeOf = (probe: Probe): Definition => {
  switch (probe.kind) {
    case 'tcp':
      return { tcp: `${probe.host}:${probe.port}` };
    case 'http':
      return { http: probe.url, ...(probe.status.length > 0 ? { status: probe.status } : {}) };
    case 'output':
      return { output: probe.pattern };
    case 'command':
      return { command: probe.command };
    case 'message':
      return { message: true };
    case 'descriptor':
      return { descriptor: probe.fd };
    case 'notify':
      return { notify: true };
  }
};

const readyOf = ({ readiness }: Policies): Definition | undefined =>
  readiness && {
    ...probeOf(readiness.probe),
    interval: readiness.intervalMs,
    timeout: readiness.timeoutMs,
  };

const healthOf = ({ liveness }: Policies): Definition | undefined =>
  liveness && {
    ...probeOf(liveness.probe),
    interval: liveness.intervalMs,
    timeout: liveness.timeoutMs,
    failures: liveness.failures,
  };

const watchOptionsOf = ({ watch: asked }: Policies): Definition | undefined => {
  if (!asked) return undefined;
  const polling = asked.pollMs > 0 ? { usePolling: true, interval: asked.pollMs } : {};
  const options = { ...polling, ...(asked.followSymlinks ? {} : { followSymlinks: false }) };
  return Object.keys(options).length > 0 ? options : undefined;
};

const scheduleOf = ({ schedule }: Policies): Definition | undefined =>
  schedule && {
    cron: schedule.cron,
    overlap: schedule.overlap,
    ...(schedule.timeZone === null ? {} : { timezone: schedule.timeZone }),
  };

/** A value that would hold by itself is not said. */
const unless = (value: unknown, byDefault: unknown): unknown =>
  JSON.stringify(value) === JSON.stringify(byDefault) ? undefined : value;

const log =
  <K extends keyof LogPolicy>(key: K) =>
  ({ policies }: App): LogPolicy[K] | undefined =>
    policies.logs?.[key];

/** Every key by which two definitions of an app can differ; its name is not among them. */
const ASPECTS: Readonly<Record<string, Aspect>> = {
  script: run(({ command }) => command.script),
  args: run(({ command }) => command.args),
  interpreter: run(({ command }) => interpreterOf(command)),
  interpreter_args: run(({ command }) => command.interpreterArgs),
  cwd: run(({ cwd }) => cwd),
  instances: inPlace(({ instances }) => instances),
  autostart: inPlace(({ autostart }) => autostart),
  default_env: run(({ env }) => env.defaults),
  env_file: run(({ env }) => env.files),
  env: run(({ env }) => env.values),
  secrets: inPlace(({ env }) => env.secrets),
  inherit_env: run(({ env }) => env.inherit),
  filter_env: run(({ env }) => env.filter),
  instance_var: run(({ env }) => env.instanceVar),
  increment_var: run(({ env }) => env.incrementVar ?? undefined),
  autorestart: inPlace(({ restart }) => restart.autorestart),
  stop_exit_codes: inPlace(({ restart }) => restart.stopExitCodes),
  max_restarts: inPlace(({ restart }) => restart.maxRestarts),
  restart_window: inPlace(({ restart }) => restart.restartWindowMs),
  min_uptime: inPlace(({ restart }) => restart.minUptimeMs),
  restart_delay: inPlace(({ restart }) => restart.restartDelayMs),
  exp_backoff_restart_delay: inPlace(({ restart }) => restart.backoffInitialMs),
  exp_backoff_max_delay: inPlace(({ restart }) => restart.backoffCapMs),
  kill_signal: inPlace(({ stop }) => stop.killSignal),
  kill_timeout: inPlace(({ stop }) => stop.killTimeoutMs),
  kill_retry_time: inPlace(({ stop }) => stop.killRetryMs),
  treekill: run(({ stop }) => stop.treekill),
  shutdown_with_message: run(({ stop }) => stop.shutdownWithMessage),
  max_memory_restart: inPlace(({ policies }) => policies.memory?.maxBytes),
  memory_interval: inPlace(({ policies }) =>
    unless(policies.memory?.intervalMs, memory.intervalMs),
  ),
  watch: inPlace(({ policies }) => policies.watch?.paths),
  watch_delay: inPlace(({ policies }) => unless(policies.watch?.delayMs, watch.delayMs)),
  ignore_watch: inPlace(({ policies }) => unless(policies.watch?.ignore, [])),
  watch_options: inPlace(({ policies }) => watchOptionsOf(policies)),
  cron_restart: inPlace(({ policies }) => policies.cronRestart),
  schedule: inPlace(({ policies }) => scheduleOf(policies)),
  ready: run(({ policies }) => readyOf(policies)),
  health: inPlace(({ policies }) => healthOf(policies)),
  depends_on: inPlace(({ policies }) => policies.dependsOn),
  uid: run(({ policies }) => policies.setup?.uid),
  gid: run(({ policies }) => policies.setup?.gid),
  umask: run(({ policies }) => policies.setup?.umask?.toString(8).padStart(3, '0')),
  nice: run(({ policies }) => policies.setup?.nice),
  max_open_files: run(({ policies }) => policies.setup?.maxOpenFiles),
  max_core_size: run(({ policies }) => policies.setup?.maxCoreBytes),
  out_file: run(log('outFile')),
  error_file: run(log('errorFile')),
  log_file: run(log('mergedFile')),
  merge_logs: run(log('mergeInstances')),
  time: run(log('time')),
  log_date_format: run(log('dateFormat')),
  log_type: run(({ policies }) => {
    const { json } = policies.logs ?? {};
    return json === undefined ? undefined : json ? 'json' : 'raw';
  }),
};

/** The names of the keys that a definition can have, its name and namespace apart. */
export const DEFINED_KEYS: readonly string[] = Object.keys(ASPECTS);

/** What a definition that says nothing comes to. */
const SILENT: App = {
  name: '',
  namespace: '',
  command: { script: '', args: [], interpreter: null, interpreterArgs: [], shell: false },
  cwd: '',
  env: EMPTY_ENVIRONMENT,
  instances: 1,
  autostart: true,
  restart: DEFAULT_RESTART,
  stop: DEFAULT_STOP,
  policies: {},
  source: null,
};

/** Objects are the same whatever the order of their keys. */
const ordered = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

const same = (a: unknown, b: unknown): boolean =>
  JSON.stringify(a, ordered) === JSON.stringify(b, ordered);

/** Everything that is not as it would be by itself, so that an app file of it defines the same app. */
export const definitionOf = (app: App): Definition => {
  const said = Object.entries(ASPECTS)
    .map(([key, { read }]) => [key, read(app), read(SILENT)] as const)
    .filter(([, value, silent]) => value !== undefined && !same(value, silent))
    .map(([key, value]) => [key, value] as const);
  return { name: app.name, namespace: app.namespace, ...Object.fromEntries(said) };
};

/** One difference, fit to be shown: secrets are masked, null stands for what is not there. */
export interface Change {
  /** A key of the app file, or `env.NAME` for one variable. */
  readonly key: string;
  readonly from: string | null;
  readonly to: string | null;
}

const SHOWN_LENGTH = 200;

const shown = (value: unknown): string | null => {
  if (value === null || value === undefined || same(value, [])) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 1)}…` : text;
};

const variableChanges = (
  layer: string,
  before: App,
  after: App,
  read: Aspect['read'],
): Change[] => {
  const [old, now] = [read(before), read(after)] as [EnvValues, EnvValues];
  const secrets = [...before.env.secrets, ...after.env.secrets];
  const show = (name: string, values: EnvValues): string | null => {
    const value = values[name];
    return value === undefined ? null : shown(shownValue(name, value, secrets));
  };
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => !same(old[name], now[name]))
    .sort()
    .map((name) => ({ key: `${layer}.${name}`, from: show(name, old), to: show(name, now) }));
};

/**
 * What differs between two definitions of one app. The base of the environment does not count: it is whoever asks,
 * not what was asked for.
 */
export const changesBetween = (before: App, after: App): readonly Change[] => {
  const changes = Object.entries(ASPECTS).flatMap(([key, { read }]): Change[] => {
    if (same(read(before), read(after))) return [];
    if (key === 'env' || key === 'default_env') return variableChanges(key, before, after, read);
    return [{ key, from: shown(read(before)), to: shown(read(after)) }];
  });
  const { source } = after;
  return before.source === source
    ? changes
    : [...changes, { key: 'source', from: before.source, to: source }];
};

const TOLD = /"(message|descriptor|notify)":/;

/** Whether programs that run must end before this change counts for them. */
export const needsRun = ({ key, from, to }: Change): boolean => {
  // A program is given the channel over which it tells that it is well when it is started.
  if (key === 'health') return [from, to].some((text) => TOLD.test(text ?? ''));
  return ASPECTS[key.replace(/^(env|default_env)\..*$/s, '$1')]?.needsRun ?? false;
};

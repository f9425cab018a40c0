import { availableParallelism, constants } from 'node:os';
import { basename, extname, resolve } from 'node:path';
import type { AppSpec } from '../config/app-keys.js';
import {
  type App,
  type Command,
  DEFAULT_NAMESPACE,
  DEFAULT_RESTART,
  DEFAULT_STOP,
  LIMITS,
  type RestartPolicy,
  type StopPolicy,
} from '../domain/app.js';
import {
  cleanBase,
  composeEnvironment,
  DEFAULT_INSTANCE_VAR,
  type Environment,
  inheritedBase,
} from '../domain/environment.js';
import type { Policies } from '../domain/policy.js';
import { checkDirectory, checkReadableFile } from '../platform/executable.js';
import { checkLogs } from './check-logs.js';
import { checkSetup } from './process-setup.js';
import { resolveCommand } from './resolve-command.js';
import { type Origin, ResolveError } from './resolve-error.js';
import { resolvePolicies } from './resolve-policies.js';

const defaultName = (command: Command): string => {
  const first = command.shell ? (command.script.trim().split(/\s+/)[0] ?? '') : command.script;
  const base = basename(first);
  return base.slice(0, base.length - extname(base).length) || base;
};

const checkCwd = (cwd: string): void => {
  const problem = checkDirectory(cwd);
  if (problem === null) return;
  const message = `the folder ${cwd} cannot be used (${problem})`;
  throw new ResolveError('CWD_NOT_USABLE', message, 'create it, or name another with --cwd');
};

const checkEnvFiles = (files: readonly string[]): void => {
  for (const file of files) {
    const problem = checkReadableFile(file);
    if (problem === null) continue;
    const message = `env_file: ${file} cannot be read (${problem})`;
    throw new ResolveError(
      'ENV_FILE_NOT_READABLE',
      message,
      'create it, or take it out of env_file',
    );
  }
};

const checkSignal = (signal: string): string => {
  if (signal in constants.signals) return signal;
  const hint = 'for example SIGTERM, SIGINT, SIGQUIT';
  throw new ResolveError('INVALID_APP', `there is no signal "${signal}"`, hint);
};

const instancesOf = (wanted: AppSpec['instances']): number => {
  if (wanted === undefined) return 1;
  const cpus = Math.min(availableParallelism(), LIMITS.instances);
  if (wanted === 'max' || wanted === 0) return cpus;
  return wanted === -1 ? Math.max(1, cpus - 1) : wanted;
};

const environmentOf = (spec: AppSpec, cwd: string, origin: Origin): Environment => {
  const inherit = (spec.inherit_env ?? false) && spec.filter_env !== true;
  const filter = typeof spec.filter_env === 'object' ? spec.filter_env : [];
  return {
    base: inherit ? inheritedBase(origin.env, filter) : cleanBase(origin.env),
    inherit,
    filter,
    defaults: spec.default_env ?? {},
    files: (spec.env_file ?? []).map((file) => resolve(cwd, file)),
    values: spec.env ?? {},
    secrets: spec.secrets ?? [],
    instanceVar: spec.instance_var ?? DEFAULT_INSTANCE_VAR,
    incrementVar: spec.increment_var ?? null,
  };
};

const autorestartOf = (said: AppSpec['autorestart']): RestartPolicy['autorestart'] => {
  if (typeof said === 'string') return said;
  return said === false ? 'never' : DEFAULT_RESTART.autorestart;
};

const restartOf = (spec: AppSpec): RestartPolicy => ({
  autorestart: autorestartOf(spec.autorestart),
  stopExitCodes: spec.stop_exit_codes ?? DEFAULT_RESTART.stopExitCodes,
  maxRestarts: spec.max_restarts ?? DEFAULT_RESTART.maxRestarts,
  restartWindowMs: spec.restart_window ?? DEFAULT_RESTART.restartWindowMs,
  minUptimeMs: spec.min_uptime ?? DEFAULT_RESTART.minUptimeMs,
  restartDelayMs: spec.restart_delay ?? DEFAULT_RESTART.restartDelayMs,
  backoffInitialMs: spec.exp_backoff_restart_delay ?? DEFAULT_RESTART.backoffInitialMs,
  backoffCapMs: spec.exp_backoff_max_delay ?? DEFAULT_RESTART.backoffCapMs,
});

const stopOf = (spec: AppSpec): StopPolicy => ({
  killSignal: checkSignal(spec.kill_signal ?? DEFAULT_STOP.killSignal),
  killTimeoutMs: spec.kill_timeout ?? DEFAULT_STOP.killTimeoutMs,
  killRetryMs: spec.kill_retry_time ?? DEFAULT_STOP.killRetryMs,
  treekill: spec.treekill ?? DEFAULT_STOP.treekill,
  shutdownWithMessage: spec.shutdown_with_message ?? DEFAULT_STOP.shutdownWithMessage,
});

/** A program is given one descriptor to write line feeds to. */
const checkDescriptors = ({ readiness, liveness }: Policies): void => {
  const [ready, health] = [readiness?.probe, liveness?.probe];
  if (ready?.kind !== 'descriptor' || health?.kind !== 'descriptor' || ready.fd === health.fd)
    return;
  const message = `health.descriptor is ${health.fd}, and ready.descriptor ${ready.fd}`;
  throw new ResolveError('INVALID_APP', message, 'use the same descriptor for both');
};

/**
 * Makes a definition complete and sees that it can be run on this machine now.
 *
 * @throws ResolveError with a code, what is missing, and what to do.
 */
export const resolveApp = (spec: AppSpec, origin: Origin): App => {
  const cwd = resolve(origin.cwd, spec.cwd ?? '.');
  checkCwd(cwd);
  const env = environmentOf(spec, cwd, origin);
  checkEnvFiles(env.files);
  const variables = composeEnvironment(env, 0, { files: [], reveal: () => '' });
  const command = resolveCommand(spec, origin, cwd, variables);
  const policies = resolvePolicies(spec, cwd);
  checkDescriptors(policies);
  if (policies.setup)
    checkSetup(policies.setup, cwd, command.script.startsWith('/') ? command.script : null);
  checkLogs(policies.logs);
  return {
    name: spec.name ?? defaultName(command),
    namespace: spec.namespace ?? DEFAULT_NAMESPACE,
    command,
    cwd,
    env,
    instances: instancesOf(spec.instances),
    autostart: spec.autostart ?? true,
    restart: restartOf(spec),
    stop: stopOf(spec),
    policies,
    source: origin.source,
  };
};

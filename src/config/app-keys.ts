import * as z from 'zod';
import { DEFAULT_NAMESPACE, DEFAULT_RESTART, DEFAULT_STOP, LIMITS } from '../domain/app.js';
import { DEFAULT_INSTANCE_VAR } from '../domain/environment.js';
import {
  choice,
  count,
  duration,
  environment,
  flag,
  idOrName,
  key,
  name,
  size,
  text,
  texts,
  word,
  words,
} from './kinds.js';
import * as policies from './policy-keys.js';

const program = {
  name: key(name, 'Name of the app; by default that of the script'),
  namespace: key(name, 'Group of apps', DEFAULT_NAMESPACE),
  script: word.meta({
    description: 'What to run: a file, a program on PATH, or a command line for the shell',
  }),
  args: key(words, 'Arguments of the script', []),
  cwd: key(word, 'Working directory; by default the folder of the app file'),
  interpreter: key(
    word,
    'Program that reads the script; by default told by its extension; "none" runs it directly',
  ),
  interpreter_args: key(words, 'Arguments of the interpreter', []),
  source_map_support: key(flag, 'Runs node with --enable-source-maps', false),
  instances: key(
    z.union([count(1, LIMITS.instances), z.literal([0, -1]), z.literal('max')], {
      error: `expected a number from 1 to ${LIMITS.instances}, "max" or 0 (as many as CPUs), or -1 (one less)`,
    }),
    'How many of it: a number, "max" or 0 for as many as there are CPUs, -1 for one less',
    1,
  ),
  autostart: key(flag, 'Start it as soon as it is defined', true),
};

const surroundings = {
  env: key(environment, 'Environment variables', {}),
  env_file: key(
    texts,
    'Files of variables (.env), read again at every start; `env` goes before',
    [],
  ),
  default_env: key(
    environment,
    'Variables that hold where neither `env_file` nor `env` has them',
    {},
  ),
  inherit_env: key(flag, 'Begin with the whole environment of whoever defines it', false),
  filter_env: key(
    z.union([flag, texts], { error: 'expected true, false, or a list of texts' }),
    'With `inherit_env`: variables that begin like one of these are left out; true leaves out all',
    false,
  ),
  secrets: key(texts, 'Variables that are masked in every output and kept out of the log', []),
  instance_var: key(word, 'Variable that tells the instance its number', DEFAULT_INSTANCE_VAR),
  increment_var: key(word, 'Variable whose number grows by one with each instance'),
};

const restart = {
  autorestart: key(
    z.union([flag, choice(['always', 'on-failure', 'never'])], {
      error: 'expected true, false, "always", "on-failure" or "never"',
    }),
    'Start it again when it ends by itself: true or "always", "on-failure" (a code other than 0, or a signal), false or "never"',
    'always',
  ),
  stop_exit_codes: key(
    z.union([z.array(count(0, 255)), count(0, 255).transform((code) => [code])], {
      error: 'expected a list of exit codes from 0 to 255',
    }),
    'Exit codes after which it is not started again',
    DEFAULT_RESTART.stopExitCodes,
  ),
  max_restarts: key(
    count(),
    'Restarts after unstable runs within `restart_window`; one more failure is `errored`',
    DEFAULT_RESTART.maxRestarts,
  ),
  restart_window: key(
    duration,
    'Sliding window of `max_restarts`',
    DEFAULT_RESTART.restartWindowMs,
  ),
  min_uptime: key(duration, 'A shorter run is unstable', DEFAULT_RESTART.minUptimeMs),
  restart_delay: key(duration, 'Pause before each restart', DEFAULT_RESTART.restartDelayMs),
  exp_backoff_restart_delay: key(
    duration,
    'First pause of a growing back-off (×1.5); 0 is none',
    DEFAULT_RESTART.backoffInitialMs,
  ),
  exp_backoff_max_delay: key(
    duration,
    'Longest pause of the back-off',
    DEFAULT_RESTART.backoffCapMs,
  ),
};

const stop = {
  kill_signal: key(word, 'Signal that asks it to end', DEFAULT_STOP.killSignal),
  kill_timeout: key(duration, 'Time from that signal to SIGKILL', DEFAULT_STOP.killTimeoutMs),
  kill_retry_time: key(
    duration,
    'First pause between two SIGKILLs to a tree that is not empty yet; it doubles',
    DEFAULT_STOP.killRetryMs,
  ),
  treekill: key(flag, 'End everything that it started, too', DEFAULT_STOP.treekill),
  shutdown_with_message: key(
    flag,
    "Ask with process.send('shutdown') instead of a signal",
    DEFAULT_STOP.shutdownWithMessage,
  ),
};

const OCTAL = { error: 'expected a text of octal digits, such as "027"' };

const setup = {
  uid: key(idOrName, 'User that it runs as, by number or name'),
  gid: key(idOrName, 'Group that it runs as, by number or name'),
  umask: key(
    z.string(OCTAL).regex(/^0?[0-7]{1,3}$/, OCTAL),
    'File mode creation mask, as a text of octal digits',
  ),
  nice: key(
    z.int({ error: 'expected a whole number from -20 to 19' }).min(-20).max(19),
    'Niceness, from -20 (first) to 19 (last)',
  ),
  max_open_files: key(count(1), 'Limit of open files (RLIMIT_NOFILE)'),
  max_core_size: key(size, 'Limit of a core dump (RLIMIT_CORE)'),
};

const logs = {
  out_file: key(word, 'File of standard output; by default `<name>-out.log` in the home'),
  error_file: key(word, 'File of standard error; by default `<name>-error.log` in the home'),
  log_file: key(word, 'One file of both'),
  merge_logs: key(flag, 'Instances share their files', false),
  time: key(flag, 'Each line begins with its time', false),
  log_date_format: key(text, 'Format of that time, such as "YYYY-MM-DD HH:mm:ss"'),
  log_type: key(choice(['raw', 'json']), 'Lines as they are, or objects of JSON', 'raw'),
};

/** Every key of an app, in groups as the reference shows them. The one source: it validates, and documents. */
export const groups = {
  Program: program,
  Environment: surroundings,
  Restart: restart,
  Stop: stop,
  Memory: policies.memory,
  Watch: policies.watch,
  Times: policies.times,
  'Readiness and health': policies.readiness,
  Order: policies.order,
  'User and limits': setup,
  Logs: logs,
} as const;

/** An app as a file or a request describes it. Only `script` is needed. Times come out as ms, sizes as bytes. */
export const appSpec = z.strictObject(
  {
    ...program,
    ...surroundings,
    ...restart,
    ...stop,
    ...policies.memory,
    ...policies.watch,
    ...policies.times,
    ...policies.readiness,
    ...policies.order,
    ...setup,
    ...logs,
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'expected an object' : undefined) },
);

/** As it is written. */
export type AppInput = z.input<typeof appSpec>;
/** As it is understood. */
export type AppSpec = z.output<typeof appSpec>;

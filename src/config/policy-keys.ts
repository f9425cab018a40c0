import * as z from 'zod';
import { POLICY_DEFAULTS } from '../domain/policy.js';
import { choice, count, duration, flag, key, size, texts, word } from './kinds.js';

const url = z.url({ protocol: /^https?$/, error: 'expected a URL that begins with http' });

const address = z.union([count(1, 65_535), z.string().regex(/^\[?[^\s/]+\]?:\d{1,5}$/)], {
  error: 'expected a port, or "host:port"',
});

const pattern = word.refine(
  (source) => {
    try {
      return new RegExp(source) instanceof RegExp;
    } catch {
      return false;
    }
  },
  { error: 'expected a regular expression' },
);

const asked = {
  tcp: key(address, 'Connects to this port, a number or "host:port"'),
  http: key(url, 'Fetches this URL'),
  status: key(
    z.array(count(100, 599)),
    'With `http`: the statuses that are well; by default 200 to 399',
  ),
  command: key(word, 'Runs this command line; code 0 is well'),
};

const told = {
  output: key(pattern, 'Waits for a line of output that matches this regular expression'),
  message: key(z.literal(true), "Waits for process.send('ready') of Node"),
  descriptor: key(count(3, 255), 'Waits for a newline on this file descriptor, as s6 has it'),
  notify: key(z.literal(true), 'Waits for READY=1 on the socket NOTIFY_SOCKET (sd_notify)'),
};

/** Exactly one of these keys is given. */
const oneOf =
  (names: readonly string[]) =>
  (value: object): boolean =>
    Object.keys(value).filter((name) => names.includes(name)).length === 1;

const WAYS = ['tcp', 'http', 'command', 'output', 'message', 'descriptor', 'notify'];

const ready = z
  .strictObject({
    ...asked,
    ...told,
    interval: key(duration, 'Pause between two tries', POLICY_DEFAULTS.readiness.intervalMs),
    timeout: key(
      duration,
      'Not ready after this is a failure',
      POLICY_DEFAULTS.readiness.timeoutMs,
    ),
  })
  .refine(oneOf(WAYS), { error: `expected exactly one of ${WAYS.join(', ')}` });

const health = z
  .strictObject({
    ...asked,
    output: key(
      pattern,
      'Expects a line of output that matches this regular expression since the last try',
    ),
    message: key(z.literal(true), "Expects process.send('alive') of Node since the last try"),
    descriptor: key(count(3, 255), 'Expects a newline on this file descriptor since the last try'),
    notify: key(
      z.literal(true),
      'Expects WATCHDOG=1 on the socket NOTIFY_SOCKET (sd_notify) since the last try',
    ),
    interval: key(duration, 'Time between two tries', POLICY_DEFAULTS.liveness.intervalMs),
    timeout: key(
      duration,
      'A try that takes longer has failed',
      POLICY_DEFAULTS.liveness.timeoutMs,
    ),
    failures: key(count(1), 'Failures in a row that restart it', POLICY_DEFAULTS.liveness.failures),
  })
  .refine(oneOf(WAYS), { error: `expected exactly one of ${WAYS.join(', ')}` });

const condition = choice(['started', 'ready', 'exited-successfully']);

/** In, a name, a list of names or of `{app, condition}`, or an object of conditions by name; out, the list. */
const dependencies = z.union(
  [
    word.transform((app) => [{ app, condition: undefined }]),
    z.array(
      z.union([
        word.transform((app) => ({ app, condition: undefined })),
        z.strictObject({ app: word, condition: condition.optional() }),
      ]),
    ),
    z
      .record(word, condition)
      .transform((by) => Object.entries(by).map(([app, is]) => ({ app, condition: is }))),
  ],
  {
    error: 'expected names of apps, or {"name": "started" or "ready" or "exited-successfully"}',
  },
);

const schedule = z.union(
  [
    word.transform((cron) => ({ cron, overlap: undefined, timezone: undefined })),
    z.strictObject({
      cron: word.meta({ description: 'Cron pattern' }),
      overlap: key(
        choice(['skip', 'queue', 'replace']),
        'What a tick does while the last run is still open',
        POLICY_DEFAULTS.schedule.overlap,
      ),
      timezone: key(word, 'Time zone of the pattern, such as "Europe/Berlin"'),
    }),
  ],
  { error: 'expected a cron pattern, or {"cron", "overlap", "timezone"}' },
);

export const memory = {
  max_memory_restart: key(size, 'Restart it when its whole tree holds more than this'),
  memory_interval: key(
    duration,
    'Time between two looks at its memory',
    POLICY_DEFAULTS.memory.intervalMs,
  ),
};

export const watch = {
  watch: key(
    z.union([flag, texts], { error: 'expected true, false, or a list of paths' }),
    'Restart it when a file below one of these changes; true is the working directory',
    false,
  ),
  watch_delay: key(
    duration,
    'Quiet time after a change before the restart',
    POLICY_DEFAULTS.watch.delayMs,
  ),
  ignore_watch: key(texts, 'Paths and globs that are not watched', []),
  watch_options: key(
    z.looseObject({
      usePolling: flag.optional(),
      interval: count(1).optional(),
      followSymlinks: flag.optional(),
      ignored: texts.optional(),
    }),
    'As chokidar has them: usePolling, interval (ms), followSymlinks, ignored; others have no effect',
  ),
};

export const times = {
  cron_restart: key(word, 'Cron pattern at whose ticks it is restarted'),
  schedule: key(schedule, 'Cron pattern at whose ticks it is run, instead of being kept up'),
};

export const readiness = {
  wait_ready: key(
    flag,
    "Ready when it says process.send('ready'); the same as `ready: {message: true}`",
    false,
  ),
  listen_timeout: key(duration, 'How long `wait_ready` waits', POLICY_DEFAULTS.waitReadyMs),
  ready: key(ready, 'When it is ready: exactly one of the ways, and how long to wait'),
  health: key(health, 'Whether it is still well: exactly one of the ways, and how often'),
};

export const order = {
  depends_on: key(
    dependencies,
    'Apps that must be ready, started or done before it is started',
    [],
  ),
};

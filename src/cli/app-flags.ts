import { boolean, integer, string as text } from '@oclif/core/flags';
import type { AppInput } from '../config/app-keys.js';
import { duration } from './duration-flag.js';

const several = { multiple: true, multipleNonGreedy: true } as const;

/** Flags that stand for keys of an app: `--max-restarts` is `max_restarts`, `--no-treekill` is `treekill: false`. */
export const appFlags = {
  name: text({ description: 'name of the app', char: 'n' }),
  namespace: text({ description: 'namespace of the app' }),
  cwd: text({ description: 'working directory', helpValue: 'DIR' }),
  interpreter: text({ description: 'program that reads the script; "none" runs it directly' }),
  'interpreter-args': text({
    description: 'arguments of the interpreter, in one text',
    aliases: ['node-args'],
  }),
  'source-map-support': boolean({ description: 'run node with --enable-source-maps' }),
  instances: text({ description: 'how many of it, or "max"', char: 'i', helpValue: 'N' }),
  'no-autostart': boolean({ description: 'define it and start it later' }),
  dotenv: text({ description: 'file of variables (.env)', helpValue: 'FILE', ...several }),
  'inherit-env': boolean({ description: 'begin with the whole environment of this shell' }),
  'filter-env': text({
    description: 'with --inherit-env: leave out variables that begin so',
    helpValue: 'PREFIX',
    ...several,
  }),
  secrets: text({
    description: 'variable that is masked and kept out of the log',
    helpValue: 'NAME',
    ...several,
  }),
  autorestart: text({
    description: 'when to start it again when it ends',
    options: ['always', 'on-failure', 'never'],
  }),
  'no-autorestart': boolean({ description: 'do not start it again when it ends' }),
  'stop-exit-codes': integer({
    description: 'exit code after which it is not started again',
    ...several,
  }),
  'max-restarts': integer({
    description: 'restarts after unstable runs within the window',
    min: 0,
  }),
  'restart-window': duration({ description: 'sliding window of --max-restarts' }),
  'min-uptime': duration({ description: 'a shorter run is unstable' }),
  'restart-delay': duration({ description: 'pause before each restart' }),
  'exp-backoff-restart-delay': duration({ description: 'first pause of a growing back-off' }),
  'exp-backoff-max-delay': duration({ description: 'longest pause of the back-off' }),
  'kill-timeout': duration({ description: 'time from the kill signal to SIGKILL', char: 'k' }),
  'kill-signal': text({ description: 'signal that asks the program to end' }),
  'shutdown-with-message': boolean({
    description: "ask it to end with process.send('shutdown') instead of a signal",
  }),
  'out-file': text({
    description: 'file of standard output',
    char: 'o',
    helpValue: 'FILE',
    aliases: ['output'],
  }),
  'error-file': text({
    description: 'file of standard error',
    char: 'e',
    helpValue: 'FILE',
    aliases: ['error'],
  }),
  'log-file': text({
    description: 'one file of both',
    char: 'l',
    helpValue: 'FILE',
    aliases: ['log'],
  }),
  'merge-logs': boolean({ description: 'instances share their files' }),
  time: boolean({ description: 'write the time before each line' }),
  'log-date-format': text({
    description: 'format of that time, such as "YYYY-MM-DD HH:mm:ss"',
    helpValue: 'FORMAT',
  }),
  'log-type': text({ description: 'lines as they are, or JSON', options: ['raw', 'json'] }),
  'no-treekill': boolean({ description: 'leave what the program started alive when it ends' }),
  'wait-ready': boolean({ description: "it is ready when it says process.send('ready')" }),
  'listen-timeout': duration({ description: 'how long --wait-ready waits' }),
  watch: boolean({ description: 'restart it when a file in its folder changes' }),
  'watch-delay': duration({ description: 'quiet time after a change before the restart' }),
  'ignore-watch': text({ description: 'path or glob that is not watched', ...several }),
  'max-memory-restart': text({
    description: 'restart it when its whole tree holds more than this',
    helpValue: 'SIZE',
  }),
  'cron-restart': text({
    description: 'cron pattern at whose ticks it is restarted',
    char: 'c',
    helpValue: 'PATTERN',
    aliases: ['cron'],
  }),
  schedule: text({
    description: 'cron pattern at whose ticks it is run, instead of being kept up',
    helpValue: 'PATTERN',
  }),
  'depends-on': text({ description: 'app that is to be ready first', ...several }),
  uid: text({ description: 'user that it runs as', helpValue: 'USER' }),
  gid: text({ description: 'group that it runs as', helpValue: 'GROUP' }),
  umask: text({ description: 'file mode creation mask, such as 027', helpValue: 'OCTAL' }),
  nice: integer({ description: 'niceness, from -20 (first) to 19 (last)' }),
} as const;

type Given = Readonly<Record<string, unknown>>;

/** The key that a flag stands for. */
export const keyOfFlag = (flag: string): string =>
  // Not --env-file: Node 20 takes an option of that name for its own, wherever it stands.
  flag === 'dotenv' ? 'env_file' : flag.replace(/^no-/, '').replaceAll('-', '_');

/** A count where the text is one: `--instances` also takes "max". */
const counted = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;

/** What the given flags say of an app. */
export const keysOfFlags = (flags: Given): Partial<AppInput> =>
  Object.fromEntries(
    Object.keys(appFlags)
      .filter((flag) => flags[flag] !== undefined)
      .map((flag) => {
        const value = flag.startsWith('no-') ? !flags[flag] : flags[flag];
        return [keyOfFlag(flag), flag === 'instances' ? counted(value) : value];
      }),
  );

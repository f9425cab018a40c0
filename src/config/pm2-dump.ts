import { ALIASES, canonicalKey, IGNORED } from './aliases.js';
import { appSpec } from './app-keys.js';
import { isObject } from './check-app.js';

/** What `pm2 save` writes: its table as JSON, one entry a process, with the environment that it was started with. */
type Entry = Readonly<Record<string, unknown>>;

/** Of PM2 itself, or of the shell that it was called from rather than of the program. */
const NOT_THE_PROGRAMS =
  /^(PM2_.*|NODE_APP_INSTANCE|unique_id|_|PWD|OLDPWD|SHLVL|TERM|TERM_.*|SSH_(TTY|CLIENT|CONNECTION))$/;

/** Keys that an entry has in another form, or that opm works out by itself. */
const WORKED_OUT = ['script', 'cwd', 'env', 'instances', 'out_file', 'error_file', 'autostart'];

const isKept = (key: string): boolean =>
  (key in appSpec.shape || Object.hasOwn(ALIASES, key)) &&
  !Object.hasOwn(IGNORED, key) &&
  !WORKED_OUT.includes(canonicalKey(key)) &&
  key !== 'filter_env' &&
  key !== 'inherit_env';

const variablesOf = ({ env, name }: Entry): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(isObject(env) ? env : {}).filter(
      ([key, value]) => !NOT_THE_PROGRAMS.test(key) && key !== name && typeof value !== 'object',
    ),
  );

/** A log that somebody named; those in PM2's own folder are where PM2 puts them by itself. */
const namedLog = (path: unknown): string | undefined =>
  typeof path === 'string' && !/\/logs\/[^/]*-(out|error)(-\d+)?\.log$/.test(path)
    ? path
    : undefined;

const appOf = (entry: Entry, instances: number): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(entry).filter(([key, value]) => isKept(key) && value !== null && value !== ''),
  ),
  script: entry.pm_exec_path,
  cwd: entry.pm_cwd,
  env: variablesOf(entry),
  instances,
  out_file: namedLog(entry.pm_out_log_path),
  error_file: namedLog(entry.pm_err_log_path),
  autostart: entry.status !== 'stopped',
});

/**
 * The apps of a dump of PM2, as an app file would have them: what was stopped is defined and not started, and the
 * processes of one app become its instances.
 *
 * @throws Error that says what was expected.
 */
export const readDump = (text: string): unknown => {
  const entries: unknown = JSON.parse(text);
  if (!Array.isArray(entries) || !entries.every((entry) => isObject(entry) && entry.pm_exec_path))
    throw new Error('expected what `pm2 save` writes: a list of processes with "pm_exec_path"');
  const byApp = new Map<string, Entry[]>();
  for (const entry of entries as Entry[]) {
    const { namespace, name, pm_exec_path: script, args } = entry;
    const key = JSON.stringify([namespace, name, script, args]);
    byApp.set(key, [...(byApp.get(key) ?? []), entry]);
  }
  return { apps: [...byApp.values()].map((group) => appOf(group[0] as Entry, group.length)) };
};

/** Other names of keys, most of them PM2's. */
export const ALIASES: Readonly<Record<string, string>> = {
  exec: 'script',
  exec_interpreter: 'interpreter',
  node_args: 'interpreter_args',
  out: 'out_file',
  output: 'out_file',
  out_log: 'out_file',
  error: 'error_file',
  err: 'error_file',
  err_file: 'error_file',
  err_log: 'error_file',
  log: 'log_file',
  combine_logs: 'merge_logs',
  cron: 'cron_restart',
  user: 'uid',
  group: 'gid',
  max_memory: 'max_memory_restart',
  healthcheck: 'health',
};

/** Keys of PM2 that ask for nothing that opm has, or for what it always does: accepted, and said so. */
export const IGNORED: Readonly<Record<string, string>> = {
  exec_mode: 'every instance is a process of its own, also with "cluster"',
  pid_file: '`opm list --json` knows the pid',
  pid: '`opm list --json` knows the pid',
  vizion: 'opm reads no version control',
  pmx: 'opm injects nothing into programs',
  automation: 'opm injects nothing into programs',
  trace: 'opm injects nothing into programs',
  disable_trace: 'opm injects nothing into programs',
  v8: 'opm injects nothing into programs',
  io: 'opm injects nothing into programs',
  event_loop_inspector: 'opm injects nothing into programs',
  deep_monitoring: 'opm injects nothing into programs',
  post_update: 'opm pulls nothing',
  install_url: 'opm installs nothing',
  force: 'apps are told apart by their names',
  write: 'nothing has to be saved',
  execute_command: 'opm finds out by itself',
  disable_source_map_support: 'source maps are off unless asked for',
  username: 'opm knows who asks',
  windows_hide: 'opm needs Linux',
};

/** `maxRestarts` as `max_restarts`. */
export const toSnake = (key: string): string =>
  key.replace(/(?<=[a-z\d])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The first name of a key, however it is written. */
export const canonicalKey = (key: string): string => {
  const snake = toSnake(key);
  return Object.hasOwn(ALIASES, snake) ? (ALIASES[snake] as string) : snake;
};

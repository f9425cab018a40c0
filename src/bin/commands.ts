import type { Config } from '@oclif/core/config';

/** What runs a command line, once its words are taken off. */
interface Runnable {
  id: string;
  begin(argv: string[], config: Config): Promise<unknown>;
}

type Load = () => Promise<{ readonly default: Runnable }>;

/** Every command by its words. A command is loaded when it is named, not before. */
export const COMMANDS: Readonly<Record<string, Load>> = {
  adjust: () => import('../commands/adjust.js'),
  apply: () => import('../commands/apply.js'),
  'daemon logs': () => import('../commands/daemon/logs.js'),
  'daemon run': () => import('../commands/daemon/run.js'),
  'daemon start': () => import('../commands/daemon/start.js'),
  'daemon status': () => import('../commands/daemon/status.js'),
  'daemon stop': () => import('../commands/daemon/stop.js'),
  delete: () => import('../commands/delete.js'),
  doctor: () => import('../commands/doctor.js'),
  env: () => import('../commands/env.js'),
  export: () => import('../commands/export.js'),
  flush: () => import('../commands/flush.js'),
  history: () => import('../commands/history.js'),
  'history audit': () => import('../commands/history/audit.js'),
  'history export': () => import('../commands/history/export.js'),
  'history import': () => import('../commands/history/import.js'),
  'history incidents': () => import('../commands/history/incidents.js'),
  'history prune': () => import('../commands/history/prune.js'),
  'history repair': () => import('../commands/history/repair.js'),
  'history replay': () => import('../commands/history/replay.js'),
  'history show': () => import('../commands/history/show.js'),
  'history timeline': () => import('../commands/history/timeline.js'),
  import: () => import('../commands/import.js'),
  info: () => import('../commands/info.js'),
  init: () => import('../commands/init.js'),
  kill: () => import('../commands/kill.js'),
  list: () => import('../commands/list.js'),
  logs: () => import('../commands/logs.js'),
  reload: () => import('../commands/reload.js'),
  reloadLogs: () => import('../commands/reloadLogs.js'),
  report: () => import('../commands/report.js'),
  reset: () => import('../commands/reset.js'),
  restart: () => import('../commands/restart.js'),
  restore: () => import('../commands/restore.js'),
  save: () => import('../commands/save.js'),
  scale: () => import('../commands/scale.js'),
  signal: () => import('../commands/signal.js'),
  start: () => import('../commands/start.js'),
  stop: () => import('../commands/stop.js'),
  validate: () => import('../commands/validate.js'),
  why: () => import('../commands/why.js'),
};

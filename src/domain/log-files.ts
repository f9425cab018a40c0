import type { App } from './app.js';
import type { LogFiles } from './os-process.js';
import type { Process } from './state.js';

/**
 * Whether an app's lines are changed on their way, or meet those of others: then they go through the reader. All
 * others are written straight to their file.
 */
export const isPiped = ({ policies: { logs } }: App): boolean =>
  logs !== undefined &&
  (logs.time === true ||
    logs.json === true ||
    logs.mergeInstances === true ||
    logs.dateFormat !== undefined ||
    logs.mergedFile !== undefined);

/** `/var/log/web.log` of instance 2 is `/var/log/web-2.log`; a device has no instances. */
const ofInstance = (path: string, instance: number): string =>
  path.startsWith('/dev/') ? path : path.replace(/(\.[^./]*)?$/, `-${instance}$1`);

/** The name that all instances of an app have in common. */
const ofAll = (file: string, instance: number): string =>
  file.replace(new RegExp(`-${instance}(\\.\\d+)?-(out|error)\\.log$`), '-$2.log');

/** The logs of a process as its app wants them: absolute paths, or names inside the home's `logs/`. */
export const logFilesOf = (app: App, { logs, instance }: Process): LogFiles => {
  const policy = app.policies.logs;
  if (!policy) return logs;
  const { outFile, errorFile, mergedFile, mergeInstances = false } = policy;
  const isAlone = app.instances === 1 || mergeInstances;
  const place = (given: string | undefined, name: string): string => {
    if (given !== undefined) return isAlone ? given : ofInstance(given, instance);
    return mergeInstances && app.instances > 1 ? ofAll(name, instance) : name;
  };
  return {
    out: place(mergedFile ?? outFile, logs.out),
    error: place(mergedFile ?? errorFile, logs.error),
  };
};

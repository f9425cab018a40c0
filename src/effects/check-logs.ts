import { dirname } from 'node:path';
import type { LogPolicy } from '../domain/policy.js';
import { findCompanion } from '../platform/companion.js';
import { makeWritable } from '../platform/writable.js';
import { ResolveError } from './resolve-error.js';

const checkFile = (path: string): void => {
  const problem = path.includes('\n') ? 'its name holds a line feed' : makeWritable(path);
  if (problem === null) return;
  throw new ResolveError(
    'LOG_NOT_WRITABLE',
    `the log ${path} cannot be written (${problem})`,
    `check ${dirname(path)} and its permissions, or name another file`,
  );
};

/**
 * Sees that logs can be written where and as an app wants them. Makes the folders that are missing.
 *
 * @throws ResolveError LOG_NOT_WRITABLE, or LOG_FORMAT_UNAVAILABLE where lines cannot be changed on their way.
 */
export const checkLogs = (logs: LogPolicy | undefined): void => {
  if (!logs) return;
  const { outFile, errorFile, mergedFile, dateFormat, time, json } = logs;
  for (const path of [outFile, errorFile, mergedFile]) if (path !== undefined) checkFile(path);
  const isChanged = time === true || json === true || dateFormat !== undefined;
  if (!isChanged || findCompanion('opm-reader', process.env) !== null) return;
  throw new ResolveError(
    'LOG_FORMAT_UNAVAILABLE',
    'lines cannot be given times or made JSON here: the reader of logs is not compiled',
    'install a C compiler and reinstall opm, or leave out time, log_date_format and log_type',
  );
};

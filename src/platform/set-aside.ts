import { closeSync, openSync, renameSync, statSync } from 'node:fs';

const isFilled = (path: string): boolean => {
  try {
    return statSync(path).size > 0;
  } catch {
    return false;
  }
};

/** Moves a log file of an earlier app of the same name aside: `x-out.log` becomes `x-out.log.1`. */
export const setLogAside = (path: string): void => {
  if (!isFilled(path)) return;
  for (let n = 1; ; n += 1) {
    try {
      closeSync(openSync(`${path}.${n}`, 'wx', 0o600));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    renameSync(path, `${path}.${n}`);
    return;
  }
};

import { readdirSync, readlinkSync } from 'node:fs';
import type { OsProcess } from '../domain/os-process.js';
import { identityOf, isAlive, scan } from './proc.js';

const hasOpen = (pid: number, path: string): boolean => {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => {
      try {
        return readlinkSync(`${folder}/${fd}`) === path;
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
};

/**
 * The living processes that have a file open (proc_pid_fd(5)), of those that may be asked: others than our own
 * user's only when we are root. It reads every file descriptor of the machine: for what is rare.
 */
export const holdersOf = (path: string): readonly OsProcess[] =>
  [...scan().values()].filter((stat) => isAlive(stat) && hasOpen(stat.pid, path)).map(identityOf);

import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { nearest } from '../domain/nearest.js';

/** Why a file cannot be read, and what to do about it. */
export interface Unreadable {
  readonly problem: string;
  readonly hint: string;
}

const entriesOf = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const missing = (file: string): Unreadable => {
  const folder = dirname(resolve(file));
  const meant = nearest(basename(file), entriesOf(folder));
  const hint = meant === null ? 'check the path' : `did you mean "${meant}"?`;
  return { problem: `there is no such file in ${folder}`, hint };
};

const forbidden = (file: string): Unreadable => ({
  problem: `user ${process.getuid?.()} may not read ${resolve(file)}`,
  hint: '`namei -l` with that path shows which part of it is closed',
});

/** Looks at a file, without opening it, and says why it cannot be read, or null. */
export const unreadable = (file: string): Unreadable | null => {
  try {
    if (statSync(file).isDirectory())
      return { problem: 'it is a folder, not a file', hint: 'name a file in it' };
    accessSync(file, constants.R_OK);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return missing(file);
    if (code === 'EACCES' || code === 'EPERM') return forbidden(file);
    return { problem: message, hint: 'check the path' };
  }
};

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A user as passwd(5) has it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

type Database = 'passwd' | 'group';

const linesOf = (database: Database): readonly (readonly string[])[] => {
  try {
    const text = readFileSync(`/etc/${database}`, 'utf8');
    return text.split('\n').map((line) => line.split(':'));
  } catch {
    return [];
  }
};

/** The entry of this name or number: of the file, else of wherever getent(1) looks (a directory service). */
const entryOf = (database: Database, wanted: string): readonly string[] | null => {
  const lines = linesOf(database);
  const found =
    lines.find(([name]) => name === wanted) ?? lines.find(([, , number]) => number === wanted);
  if (found) return found;
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'];
    const options = { encoding: 'utf8' as const, stdio, timeout: 5000 };
    return execFileSync('getent', [database, wanted], options).trim().split(':');
  } catch {
    return null;
  }
};

const numberOf = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);

/** The user of this name or number, or null. */
export const findUser = (wanted: string): Account | null => {
  const [name, , uid, gid, , home, shell] = entryOf('passwd', wanted) ?? [];
  if (name === undefined) return null;
  return { name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' };
};

/** The number of the group of this name; a number is one, whether the group has a name or not. */
export const findGroup = (wanted: string): number | null =>
  numberOf(wanted) ?? numberOf(entryOf('group', wanted)?.[2] ?? '');

/** All groups of a user, with this one first (initgroups(3)); those that /etc/group names the user in. */
export const groupsOf = (user: string, gid: number): readonly number[] => {
  const named = linesOf('group').filter(([, , , members]) => members?.split(',').includes(user));
  return [...new Set([gid, ...named.map(([, , number]) => Number(number))])];
};

import { spawnSync } from 'node:child_process';
import { getPriority } from 'node:os';
import type { ProcessSetup } from '../domain/policy.js';
import { type Account, findGroup, findUser, groupsOf } from '../platform/accounts.js';
import { hardLimit, isCapable, mostOpenFiles } from '../platform/privileges.js';
import { ResolveError } from './resolve-error.js';

/** Whom a program runs as; null: as the daemon. */
interface Identity {
  readonly uid: number | null;
  readonly gid: number | null;
  readonly groups: readonly number[];
  readonly account: Account | null;
}

const unknown = (what: 'user' | 'group', name: string): ResolveError => {
  const key = what === 'user' ? 'uid' : 'gid';
  const hint = `name one that \`getent ${what === 'user' ? 'passwd' : 'group'}\` lists, or give its number`;
  return new ResolveError('INVALID_APP', `${key}: there is no ${what} "${name}" here`, hint);
};

const groupOf = (name: string): number => {
  const gid = findGroup(name);
  if (gid === null) throw unknown('group', name);
  return gid;
};

/** @throws ResolveError INVALID_APP for a user or group that is not known here. */
const identityOf = (setup: ProcessSetup): Identity => {
  const given = setup.gid === undefined ? null : groupOf(setup.gid);
  if (setup.uid === undefined)
    return { uid: null, gid: given, groups: given === null ? [] : [given], account: null };
  const account = findUser(setup.uid);
  if (!account && !/^\d+$/.test(setup.uid)) throw unknown('user', setup.uid);
  const gid = given ?? account?.gid;
  if (gid === undefined) {
    const message = `uid: user ${setup.uid} has no name here, and so no group`;
    throw new ResolveError('INVALID_APP', message, 'give its group too, with gid or --gid');
  }
  const groups = account ? groupsOf(account.name, gid) : [gid];
  return { uid: account?.uid ?? Number(setup.uid), gid, groups, account };
};

const isOwn = ({ uid, gid }: Identity): boolean =>
  (uid === null || uid === process.getuid?.()) && (gid === null || gid === process.getgid?.());

/**
 * The user and group of a program, only where they are not the daemon's.
 *
 * @throws ResolveError INVALID_APP for a user or group that is not known here (any more).
 */
export const userOf = (
  setup: ProcessSetup = {},
): { readonly uid?: number; readonly gid?: number } => {
  const identity = identityOf(setup);
  if (isOwn(identity)) return {};
  const { uid, gid } = identity;
  return { ...(uid === null ? {} : { uid }), ...(gid === null ? {} : { gid }) };
};

/**
 * What the launcher is told of a program's user and limits, and what its environment says of that user unless the
 * definition says otherwise.
 *
 * @throws ResolveError INVALID_APP for a user or group that is not known here (any more).
 */
export const prepareSetup = (
  setup: ProcessSetup = {},
): { readonly options: readonly string[]; readonly env: Readonly<Record<string, string>> } => {
  const identity = identityOf(setup);
  const { uid, gid, groups, account } = isOwn(identity)
    ? { uid: null, gid: null, groups: [], account: null }
    : identity;
  const values: readonly (readonly [string, string | number | null | undefined])[] = [
    ['--umask', setup.umask?.toString(8)],
    ['--nice', setup.nice],
    ['--nofile', setup.maxOpenFiles],
    ['--core', setup.maxCoreBytes],
    ['--gid', gid],
    ['--groups', groups.length > 0 ? groups.join(',') : null],
    ['--uid', uid],
  ];
  const options = values.flatMap(([flag, value]) =>
    value === null || value === undefined ? [] : [flag, String(value)],
  );
  const env = account && {
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    SHELL: account.shell,
  };
  return { options, env: env ?? {} };
};

const refuse = (what: string, hint: string): never => {
  throw new ResolveError('NOT_PERMITTED', what, hint);
};

const checkLimits = (setup: ProcessSetup): void => {
  const { nice, maxOpenFiles = 0, maxCoreBytes = 0 } = setup;
  const mayRaise = isCapable('sys_resource');
  const hint = mayRaise
    ? 'choose a smaller one: the kernel allows no more (fs.nr_open)'
    : 'choose a smaller one, or let root run the daemon';
  const openFiles = mayRaise
    ? mostOpenFiles()
    : Math.min(hardLimit('Max open files'), mostOpenFiles());
  if (maxOpenFiles > openFiles)
    refuse(`max_open_files: the daemon may give at most ${openFiles}, not ${maxOpenFiles}`, hint);
  const core = mayRaise ? Number.POSITIVE_INFINITY : hardLimit('Max core file size');
  if (maxCoreBytes > core)
    refuse(`max_core_size: the daemon may give at most ${core} bytes, not ${maxCoreBytes}`, hint);
  if (nice !== undefined && nice < getPriority() && !isCapable('sys_nice'))
    refuse(
      `nice: a daemon without privilege cannot go below its own niceness, ${getPriority()}`,
      'choose a larger one, or let root run the daemon',
    );
};

/** What the user lacks to run in the folder, or null. Not asked where other groups than one may give it. */
const lacks = (
  { uid, gid, groups }: Identity,
  cwd: string,
  script: string | null,
): string | null => {
  if (uid === null || gid === null || groups.length > 1) return null;
  const may = (test: string, path: string): boolean =>
    spawnSync('test', [test, path], { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0;
  if (!may('-x', cwd)) return `enter ${cwd}`;
  return script !== null && !may('-r', script) && !may('-x', script) ? `read ${script}` : null;
};

/**
 * Sees that this daemon can give a program its user and limits.
 *
 * @throws ResolveError NOT_PERMITTED, or INVALID_APP for a user or group that is not known here.
 */
export const checkSetup = (setup: ProcessSetup, cwd: string, script: string | null): void => {
  const identity = identityOf(setup);
  checkLimits(setup);
  if (isOwn(identity)) return;
  if (!isCapable('setuid') || !isCapable('setgid')) {
    const key = setup.uid === undefined ? 'gid' : 'uid';
    const message = `${key}: a daemon of user ${process.getuid?.()} cannot start a program as another user or group`;
    refuse(message, `leave ${key} out, or let root run the daemon`);
  }
  const missing = lacks(identity, cwd, script);
  if (missing)
    refuse(
      `uid: user ${setup.uid} may not ${missing}`,
      'check permissions, or choose another user',
    );
};

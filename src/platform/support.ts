import { readlinkSync } from 'node:fs';

const ownPidBy = (proc: string): number | null => {
  try {
    return Number(readlinkSync(`${proc}/self`));
  } catch {
    return null;
  }
};

/**
 * Says in one sentence why opm cannot work on this system, or null where it can. It needs Linux with /proc:
 * start times and environments of processes are what it tells one program from another by, and where it cannot
 * see whether a program lives it must not start one. macOS would need both from sysctl(3), and a launcher.
 */
export const platformProblem = (
  platform: NodeJS.Platform = process.platform,
  proc = '/proc',
): string | null => {
  if (platform !== 'linux')
    return `opm runs on Linux; this is ${platform}, where it cannot tell one process from another for certain.`;
  const pid = ownPidBy(proc);
  if (pid === null)
    return `opm needs ${proc} mounted; without it, it cannot tell one process from another for certain.`;
  // `unshare --pid` without `--mount-proc`: every number in there would mean another process.
  return pid === process.pid
    ? null
    : `${proc} shows the processes of another pid namespace; mount it anew in this one.`;
};

import { readFileSync } from 'node:fs';

/** Numbers of capabilities(7) that a program's user and limits ask for. */
const CAPABILITIES = { setgid: 6, setuid: 7, sys_nice: 23, sys_resource: 24 } as const;

const lineOf = (file: string, start: string): string => {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.find((line) => line.startsWith(start))?.slice(start.length) ?? '';
};

/** Whether this process, and what it starts, may do what the capability is for. */
export const isCapable = (capability: keyof typeof CAPABILITIES): boolean => {
  const effective = BigInt(`0x${lineOf('/proc/self/status', 'CapEff:').trim() || '0'}`);
  return ((effective >> BigInt(CAPABILITIES[capability])) & 1n) === 1n;
};

/** The hard limit of this process (proc_pid_limits(5)); Infinity where there is none. */
export const hardLimit = (name: 'Max open files' | 'Max core file size'): number => {
  const [, hard] = lineOf('/proc/self/limits', name).trim().split(/\s+/);
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
};

/** More open files than this no process may have, privileged or not (proc_sys_fs(5)). */
export const mostOpenFiles = (): number => Number(readFileSync('/proc/sys/fs/nr_open', 'utf8'));

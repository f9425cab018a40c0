import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { type Epoch, epoch } from '../domain/ids.js';
import { readStat } from './proc.js';

const facts = (): string[] => {
  if (process.platform !== 'linux') {
    return [execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' })];
  }
  return [
    readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    readlinkSync('/proc/self/ns/pid'),
    // The number of a namespace is used again after its end; the birth of its first process is not.
    String(readStat(1)?.startTicks),
  ];
};

/**
 * The present life of the process-id space, fit for a file name: boot id, pid namespace and start time of pid 1.
 * On macOS the time of boot.
 */
export const readEpoch = (): Epoch =>
  epoch(createHash('sha256').update(facts().join('\n')).digest('hex').slice(0, 16));

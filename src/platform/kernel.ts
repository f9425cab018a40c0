import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** Entry types of the auxiliary vector, from <elf.h>; see getauxval(3). */
const AT_PAGESZ = 6;
const AT_CLKTCK = 17;

const WORD_BYTES = ['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'].includes(process.arch) ? 4 : 8;

const wordAt = (vector: Buffer, offset: number): number => {
  const little = endianness() === 'LE';
  if (WORD_BYTES === 4) return little ? vector.readUInt32LE(offset) : vector.readUInt32BE(offset);
  return Number(little ? vector.readBigUInt64LE(offset) : vector.readBigUInt64BE(offset));
};

/** What the kernel told this process at its start about one constant, or null. */
const auxiliary = (type: number): number | null => {
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 2 * WORD_BYTES <= vector.length; at += 2 * WORD_BYTES)
      if (wordAt(vector, at) === type) return wordAt(vector, at + WORD_BYTES);
    return null;
  } catch {
    return null;
  }
};

let ticksPerSecond: number | undefined;
let pageSizeBytes: number | undefined;

/**
 * Clock ticks in a second, the unit of every time in /proc/PID/stat. It is `sysconf(_SC_CLK_TCK)`, which libc
 * takes from AT_CLKTCK of the auxiliary vector; so does this. 100 on every Linux that anybody runs.
 */
export const clockTicksPerSecond = (): number => {
  ticksPerSecond ??= auxiliary(AT_CLKTCK) ?? 100;
  return ticksPerSecond;
};

/** Size of a page of memory in bytes, the unit of the resident set in /proc/PID/stat. */
export const pageBytes = (): number => {
  pageSizeBytes ??= auxiliary(AT_PAGESZ) ?? 4096;
  return pageSizeBytes;
};

export const ticksToMs = (ticks: number): number => (ticks * 1000) / clockTicksPerSecond();

/**
 * Time since boot in ms, suspension included: the clock that start ticks are counted on (proc(5), field 22).
 * Where lxcfs covers /proc/uptime this is the container's own uptime instead, so what is derived from it may
 * be shown but must never decide anything.
 */
export const uptimeMs = (): number =>
  Number.parseFloat(readFileSync('/proc/uptime', 'utf8').split(' ', 1)[0]!) * 1000;

/** When a process with these start ticks began, in epoch ms, by what the wall clock says now. For display. */
export const startedAtMs = (startTicks: number): number =>
  Math.round(Date.now() - uptimeMs() + ticksToMs(startTicks));

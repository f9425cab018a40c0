import { constants } from 'node:os';
import type { OsProcess } from '../domain/os-process.js';
import { livingStat, readStat } from './proc.js';

/** As glibc counts: the first real-time signal that programs may use, and the last (signal(7)). */
const FIRST_REALTIME = 34;
const LAST_REALTIME = 64;

/** The first name of a number wins: SIGABRT before SIGIOT, SIGIO before SIGPOLL. */
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/**
 * The name of a signal: `SIGTERM`, `SIGRTMIN`, `SIGRTMIN+3`; `SIG32` for a number that has none.
 */
export const signalName = (number: number): string => {
  const name = NAMES.get(number);
  if (name !== undefined) return name;
  if (number < FIRST_REALTIME || number > LAST_REALTIME) return `SIG${number}`;
  return number === FIRST_REALTIME ? 'SIGRTMIN' : `SIGRTMIN+${number - FIRST_REALTIME}`;
};

/** The number of a signal by a name that `signalName` gives, or null. */
export const signalNumber = (name: string): number | null => {
  const known = (constants.signals as Readonly<Record<string, number>>)[name];
  if (known !== undefined) return known;
  const realtime = /^SIGRTMIN(?:\+(\d{1,2}))?$/.exec(name);
  if (!realtime) return null;
  const number = FIRST_REALTIME + Number(realtime[1] ?? 0);
  return number <= LAST_REALTIME ? number : null;
};

/**
 * Reads what a person types for a signal, `TERM`, `sigterm` or `15`, as its name; null when there is no such
 * signal. 0, which kill(2) takes as a mere question, is none.
 */
export const parseSignal = (text: string): string | null => {
  if (/^\d{1,2}$/.test(text)) {
    const number = Number(text);
    return NAMES.has(number) || (number >= FIRST_REALTIME && number <= LAST_REALTIME)
      ? signalName(number)
      : null;
  }
  const upper = text.toUpperCase();
  const number = signalNumber(upper.startsWith('SIG') ? upper : `SIG${upper}`);
  return number === null ? null : signalName(number);
};

/** `gone`: nobody is there to receive it; `denied`: not ours to signal. */
export type Delivery = 'sent' | 'gone' | 'denied';

const deliver = (target: number, signal: string): Delivery => {
  const number = signalNumber(signal);
  if (number === null) throw new RangeError(`${signal} is no signal`);
  try {
    process.kill(target, number);
    return 'sent';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : 'denied';
  }
};

/**
 * Signals exactly this process: its start time is read right before, so a stranger with a recycled pid is
 * left alone. Never pid 1, never this process itself: `denied`.
 *
 * A gap remains. pidfd_send_signal(2) would close it, but Node cannot reach it: in the microseconds between
 * reading and signalling the process could be reaped and its pid given away. The kernel counts pids upwards
 * (`ns_last_pid`), so all of `pid_max` would have to be used up in between.
 *
 * @throws RangeError for a name that is no signal; take it through `parseSignal` first.
 */
export const signalProcess = (wanted: OsProcess, signal: string): Delivery => {
  if (wanted.pid <= 1 || wanted.pid === process.pid) return 'denied';
  return livingStat(wanted) ? deliver(wanted.pid, signal) : 'gone';
};

/**
 * Signals every process of the group that this one leads, in one stroke. `gone` when the leader has ended (its
 * group may live on, but a number is all that is left of it: see tree.ts) or leads no group. Never the group
 * of pid 1 nor our own: `denied`. The gap is that of `signalProcess`.
 *
 * @throws RangeError for a name that is no signal.
 */
export const signalGroup = (leader: OsProcess, signal: string): Delivery => {
  if (leader.pid <= 1 || readStat(process.pid)?.pgrp === leader.pid) return 'denied';
  return livingStat(leader) ? deliver(-leader.pid, signal) : 'gone';
};

import { constants } from 'node:os';
import type { OsProcess } from '../domain/event.js';
import { isSame, readStat } from './proc.js';

/** `gone`: it had ended already; `denied`: it belongs to somebody else. */
export type SignalResult = 'sent' | 'gone' | 'denied';

const NUMBERS: Readonly<Record<string, number>> = constants.signals;
/** Where the C library's real-time signals begin on Linux (signal(7)). */
const SIGRTMIN = 34;

/** `SIGTERM` for 15. Real-time signals are `SIGRTMIN+n`; a number that has no name stays one. */
export const signalName = (number: number): string => {
  const named = Object.keys(NUMBERS).find((name) => NUMBERS[name] === number);
  if (named) return named;
  return number >= SIGRTMIN ? `SIGRTMIN+${number - SIGRTMIN}` : `SIG${number}`;
};

/** The name of a signal given as `TERM`, `SIGTERM` or `15`; null when there is none such. */
export const parseSignal = (text: string): string | null => {
  if (/^\d+$/.test(text)) {
    const name = signalName(Number(text));
    return name in NUMBERS ? name : null;
  }
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  return name in NUMBERS ? name : null;
};

const send = (pid: number, signal: string): SignalResult => {
  try {
    process.kill(pid, NUMBERS[signal] ?? 15);
    return 'sent';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : 'denied';
  }
};

/**
 * Signals exactly this process: its start time is checked immediately before. Between the check and
 * kill(2) it could end and its number be used again, but only after the kernel has gone once through
 * all pids; pidfd_open(2), which would close that gap, cannot be reached from Node.
 */
export const signalProcess = (target: OsProcess, signal: string): SignalResult => {
  if (target.pid <= 1 || target.pid === process.pid) return 'denied';
  return isSame(target) ? send(target.pid, signal) : 'gone';
};

/** Signals the whole process group that this process leads; nobody, when it leads none. */
export const signalGroup = (leader: OsProcess, signal: string): SignalResult => {
  if (leader.pid <= 1 || leader.pid === process.pid) return 'denied';
  if (!isSame(leader)) return 'gone';
  const leads = readStat(leader.pid)?.pgrp === leader.pid;
  return send(leads ? -leader.pid : leader.pid, signal);
};

import type { AppKey, ProcessId } from '../domain/ids.js';
import type { ExitStatus } from '../domain/os-process.js';
import type { LossReason, SpawnReason, StopCause } from '../domain/reasons.js';

/** `1 run`, `2 runs`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and c`; beyond `most` of them only how many more there are. */
export const listed = (items: readonly string[], most = 5): string => {
  if (items.length > most) {
    return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
  }
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
};

/** What occurs how often: `code 7 (3 times), SIGKILL`; alone it needs no count. */
export const tallied = (texts: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .map(([text, count]) => (count === 1 || counts.size === 1 ? text : `${text} (${count} times)`))
    .join(', ');
};

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A span of time for reading: `120 ms`, `2.3 s`, `15 min`, `1 h 5 min`. */
export const spanned = (ms: number): string => {
  const span = Math.abs(Math.round(ms));
  if (span < 1000) return `${span} ms`;
  if (span < 60_000) return `${Number((span / 1000).toFixed(1))} s`;
  const index = UNITS.findIndex(([, size]) => span >= size);
  const [unit, size] = UNITS[index]!;
  const [smallerUnit, smallerSize] = UNITS[index + 1]!;
  const rest = Math.floor((span % size) / smallerSize);
  const whole = `${Math.floor(span / size)} ${unit}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallerUnit}`;
};

/** `default/web` and 3 as `web (3)`; another namespace is named. */
export const processName = (app: AppKey, id: ProcessId): string =>
  `${app.startsWith('default/') ? app.slice('default/'.length) : app} (${id})`;

/** What a program ended with: `code 3`, `SIGKILL`. */
export const statusInWords = ({ code, signal }: ExitStatus): string =>
  signal ?? (code === null ? 'nothing that is known' : `code ${code}`);

/** Why a run was opened. A reason that is new to the log fails to compile until it is said here. */
export const reasonInWords = (reason: SpawnReason): string => {
  switch (reason) {
    case 'start':
      return 'a start was asked for';
    case 'restart':
      return 'a restart was asked for';
    case 'crash':
      return 'the run before it ended by itself, and the restart policy starts it again';
    case 'restore':
      return 'a restore brought it up';
    case 'scale':
      return 'its app was scaled up';
    case 'retry':
      return 'the attempt before it never ran its program, so it was tried again under a new key';
    case 'watch':
      return 'files that it watches changed';
    case 'memory':
      return 'it held more memory than it may';
    case 'unhealthy':
      return 'it was no longer well';
    case 'cron':
      return 'its cron pattern restarts it at this time';
    case 'schedule':
      return 'its schedule runs it at this time';
  }
};

/** Why a run was ended. */
export const causeInWords = (cause: StopCause): string => {
  switch (cause) {
    case 'stop':
      return 'a stop was asked for';
    case 'restart':
      return 'a restart was asked for';
    case 'delete':
      return 'it is to be deleted';
    case 'rollback':
      return 'an atomic restore failed and is rolled back';
    case 'kill':
      return 'every program was ended, with the daemon';
    case 'watch':
    case 'memory':
    case 'unhealthy':
    case 'cron':
    case 'schedule':
      return reasonInWords(cause);
  }
};

/** Why nothing is known about the end of a run. */
export const lossInWords = (reason: LossReason): string => {
  switch (reason) {
    case 'epoch-ended':
      return 'the machine or container began a new life, in which no program of the old one is alive';
    case 'no-record':
      return 'nothing of it was alive any more, and no record of its end was found';
    case 'launcher-killed':
      return 'its launcher was killed, so nobody was there to write down how its program ended';
  }
};

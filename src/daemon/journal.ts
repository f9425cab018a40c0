import { appendFileSync } from 'node:fs';

/** The least grave first. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** What is worth knowing beside a message: small values, or the error that it is about. */
export type Facts = Readonly<Record<string, unknown>>;

/** The daemon's own log: one JSON object a line, `{"time","level","pid","message",…}`. */
export type Journal = Readonly<Record<Level, (message: string, facts?: Facts) => void>>;

const isLevel = (text: string | undefined): text is Level =>
  (LEVELS as readonly string[]).includes(text ?? '');

const plain = (value: unknown): unknown => {
  if (!(value instanceof Error)) return value;
  const { name, message, stack } = value;
  const { code, cause } = value as { code?: unknown; cause?: unknown };
  return { name, message, code, stack, cause: cause === undefined ? undefined : plain(cause) };
};

/**
 * The journal of a daemon that writes to this file, which others keep small. What is below the level is left out;
 * an unknown level counts as `info`.
 */
export const openJournal = (file: string, level: string | undefined): Journal => {
  const least = LEVELS.indexOf(isLevel(level) ? level : 'info');
  const writer =
    (rank: number, name: Level) =>
    (message: string, facts: Facts = {}) => {
      if (rank < least) return;
      const known = Object.entries(facts).map(([key, value]) => [key, plain(value)]);
      const time = new Date().toISOString();
      const line = { time, level: name, pid: process.pid, message, ...Object.fromEntries(known) };
      try {
        appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
      } catch {
        // A daemon whose disk is full still has programs to look after.
      }
    };
  const [debug, info, warn, error] = LEVELS.map((name, rank) => writer(rank, name));
  return { debug: debug!, info: info!, warn: warn!, error: error! };
};

import type { Recorded } from '../domain/event.js';
import { formatTime } from './format.js';

const brief = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
};

/** What is worth a glance in an event's data, in one line. */
const details = (event: Recorded): string => {
  const { data } = event;
  if (event.type === 'ProcessExited') {
    const { code, signal } = event.data.exit;
    return `process ${event.data.process} ${signal ?? `code ${code}`} key ${event.data.spawnKey}`;
  }
  if (event.type === 'AppDefined') return `${event.data.app.namespace}/${event.data.app.name}`;
  return Object.entries(data)
    .map(([key, value]) => `${key} ${brief(value)}`)
    .join(' ');
};

/** One event as one line: seq, time, type, what it is about, why and by whom. */
export const historyLine = (event: Recorded): string => {
  const why = event.causedBy === null ? '' : ` because of ${event.causedBy}`;
  const who = event.request
    ? ` by uid ${event.request.actor.uid} (${event.request.actor.command})`
    : '';
  return `${String(event.seq).padStart(6)}  ${formatTime(event.at)}  ${event.type.padEnd(18)}  ${details(event)}${why}${who}`;
};

import type { Recorded } from '../domain/event.js';
import * as keys from './keys.js';
import type { Put } from './writer.js';

/** An event as the database has it: its text, and what it is found by. */
export const eventOperations = (event: Recorded, text: string): Put[] => {
  const found: string[] = [];
  if ('process' in event.data) found.push(keys.processKey(event.data.process, event.seq));
  if (event.runKey !== null) found.push(keys.runIndexKey(event.runKey, event.seq));
  return [
    { type: 'put', key: keys.eventKey(event.seq), value: text },
    ...found.map((key): Put => ({ type: 'put', key, value: '' })),
  ];
};

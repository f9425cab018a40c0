import type { Recorded } from '../domain/event.js';
import type { TickEffect } from '../domain/policy-event.js';
import { counted, listed, spanned } from './wording.js';

/** What happened under the policies of an app. */
export type PolicyEvent = Extract<
  Recorded,
  {
    type:
      | 'ErrorOutputNoted'
      | 'SpawnDeferred'
      | 'StopDeferred'
      | 'StopWithdrawn'
      | 'ProcessReady'
      | 'ReadinessOverdue'
      | 'LivenessFailed'
      | 'MemoryExceeded'
      | 'FilesChanged'
      | 'ScheduleArmed'
      | 'ScheduleTicked'
      | 'ScheduleMissed';
  }
>;

const megabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

const tickInWords = (does: TickEffect): string => {
  switch (does) {
    case 'start':
      return 'it is run';
    case 'restart':
      return 'its run is ended and another one follows';
    case 'queue':
      return 'another run follows as soon as this one has ended';
    case 'skip':
      return 'nothing is done, as it is still busy';
  }
};

/** One of them in words, told of the process that it is about. */
export const policyInWords = (event: PolicyEvent): string => {
  switch (event.type) {
    case 'ErrorOutputNoted':
      return `its last error output: ${event.data.lines.at(-1) ?? 'none'}`;
    case 'SpawnDeferred':
      return `to be started when ${listed(event.data.waitsFor)} ${event.data.waitsFor.length === 1 ? 'is' : 'are'} as far as it needs`;
    case 'StopDeferred':
      return `to be ended after ${counted(event.data.waitsFor.length, 'process', 'processes')} that depend on it`;
    case 'StopWithdrawn':
      return 'not to be ended after all';
    case 'ProcessReady':
      return 'ready';
    case 'ReadinessOverdue':
      return `not ready within ${spanned(event.data.timeoutMs)}`;
    case 'LivenessFailed':
      return `no longer well: ${counted(event.data.failures, 'failure')} in a row, the last one: ${event.data.problem}`;
    case 'MemoryExceeded': {
      const { memoryBytes, maxBytes, intervalMs } = event.data;
      const often = intervalMs === null ? '' : ` (measured every ${spanned(intervalMs)})`;
      return `its tree held ${megabytes(memoryBytes)}, more than ${megabytes(maxBytes)}${often}`;
    }
    case 'FilesChanged': {
      const { files, more } = event.data;
      return `changed: ${files.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    }
    case 'ScheduleArmed':
      return 'waits for the times of its schedule';
    case 'ScheduleTicked':
      return `its time came: ${tickInWords(event.data.does)}`;
    case 'ScheduleMissed':
      return `${counted(event.data.count, 'time')} of its schedule passed while nobody saw to it: no daemon was there, or the machine slept`;
  }
};

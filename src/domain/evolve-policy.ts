import type { Recorded } from './event.js';
import type { Process } from './state.js';

/** The events that tell how a process fares under its policies. */
export type PolicyEvent = Extract<
  Recorded,
  {
    type:
      | 'ErrorOutputNoted'
      | 'ProcessReady'
      | 'ReadinessOverdue'
      | 'ScheduleArmed'
      | 'ScheduleTicked'
      | 'ScheduleMissed';
  }
>;

/** The process after one of them. */
export const evolvePolicy = (process: Process, event: PolicyEvent): Process => {
  const { phase } = process;
  switch (event.type) {
    case 'ErrorOutputNoted':
      return { ...process, errorLines: event.data.lines };
    case 'ProcessReady':
      if (phase.is !== 'online') return process;
      return {
        ...process,
        errorLines: [],
        phase: { ...phase, ready: { is: 'ready', at: event.data.readyAt } },
      };
    case 'ReadinessOverdue': {
      if (phase.is !== 'online') return process;
      const { timeoutMs } = event.data;
      return { ...process, phase: { ...phase, ready: { is: 'overdue', timeoutMs } } };
    }
    case 'ScheduleArmed':
      return {
        ...process,
        tickedAt: event.at,
        phase: { is: 'stopped', because: 'scheduled' },
      };
    case 'ScheduleTicked': {
      const { tickAt, does } = event.data;
      return { ...process, tickedAt: tickAt, queued: process.queued || does === 'queue' };
    }
    case 'ScheduleMissed':
      return { ...process, tickedAt: event.data.lastAt };
  }
};

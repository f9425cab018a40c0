import type { App } from '../domain/app.js';
import type { Process } from '../domain/state.js';
import type { Told } from './why-answer.js';
import { spanned } from './wording.js';

/** What happens next by itself. */
export interface Next {
  /** Epoch ms; null when nothing is due. */
  readonly at: number | null;
  readonly text: string;
}

const afterOwnEnd = ({ restart, policies: { schedule } }: App): string => {
  if (schedule && restart.autorestart !== 'on-failure')
    return `when it ends by itself it stays down until "${schedule.cron}" says that it is run again`;
  if (restart.autorestart === 'never')
    return 'when it ends by itself it stays down, as autorestart is "never"';
  const { maxRestarts, restartWindowMs, minUptimeMs, stopExitCodes } = restart;
  const failed = restart.autorestart === 'on-failure' ? 'when it fails' : 'when it ends by itself';
  const unless = stopExitCodes.length > 0 ? ` (not after code ${stopExitCodes.join(', ')})` : '';
  return `${failed}${unless} it is started again; after more than ${maxRestarts} ends within ${spanned(restartWindowMs)}, each sooner than ${spanned(minUptimeMs)}, it is given up`;
};

const afterStop = ({ process }: Told, phase: Extract<Process['phase'], { is: 'stopping' }>) => {
  if (process.deleting) return 'it is removed';
  const staysDown = phase.cause === 'rollback' || phase.cause === 'kill';
  return process.wanted === 'up' && !staysDown ? 'it is started again' : 'it stays down';
};

/** What happens to a process next if nobody asks for anything, and what to ask for if that is not enough. */
export const next = (told: Told): Next => {
  const { process, app, turn } = told;
  if (turn?.type === 'ProcessRemoved')
    return { at: null, text: 'nothing: its id is never used again' };
  const { phase, wanted } = process;
  if (told.isUnrecorded) {
    return {
      at: null,
      text: 'the next daemon records its end and follows its policy (any command that changes something starts one)',
    };
  }
  switch (phase.is) {
    case 'launching':
      return { at: null, text: 'its launcher reports; if it stays silent, the kernel is asked' };
    case 'online':
      return { at: null, text: afterOwnEnd(app) };
    case 'stopping': {
      const after = afterStop(told, phase);
      if (phase.escalated) return { at: null, text: `when nothing of it is alive ${after}` };
      return {
        at: phase.deadlineAt,
        text: `SIGKILL to what is left of it by then; when nothing of it is alive ${after}`,
      };
    }
    case 'waiting':
      return { at: phase.dueAt, text: 'it is started again' };
    case 'blocked':
      return { at: null, text: 'it is started when what it depends on is as far as it needs' };
    case 'errored':
      return {
        at: null,
        text: `nothing by itself: mend the cause, then \`opm restart ${app.name}\``,
      };
    case 'stopped':
      if (phase.because === 'scheduled') {
        return { at: null, text: `it is run when "${app.policies.schedule?.cron}" says so` };
      }
      return {
        at: null,
        text:
          wanted === 'up' && phase.because !== 'ended'
            ? 'nothing by itself: `opm restore` brings up what is wanted up'
            : `nothing by itself: \`opm start ${app.name}\` starts it`,
      };
  }
};

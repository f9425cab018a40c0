import type { App } from './app.js';
import type { ExitRecord } from './os-process.js';
import type { StopCause } from './reasons.js';
import { failuresAfter, streakAfter } from './restart-policy.js';
import {
  endingCause,
  type LastExit,
  type Process,
  type StoppedBecause,
  startedOf,
} from './state.js';

const stoppedBy = (cause: StopCause): StoppedBecause => {
  switch (cause) {
    case 'stop':
    case 'delete':
    case 'restart':
    case 'watch':
    case 'memory':
    case 'unhealthy':
    case 'cron':
    case 'schedule':
      return 'asked';
    case 'rollback':
      return 'rolled-back';
    case 'kill':
      return 'killed';
  }
};

/** How a process stands once its run is closed, before anything else is decided. */
export const closed = (
  process: Process,
  app: App,
  end: {
    readonly at: number;
    readonly because: StoppedBecause;
    readonly exit: LastExit | null;
  },
): Process => {
  const lastExit = end.exit ?? process.lastExit;
  const cause = endingCause(process);
  if (cause !== null) {
    return {
      ...process,
      lastExit,
      leaving: null,
      phase: { is: 'stopped', because: stoppedBy(cause) },
    };
  }
  const stopped = { is: 'stopped', because: end.because } as const;
  if (end.exit === null) return { ...process, phase: stopped };
  const startedAt = startedOf(process)?.startedAt ?? end.at;
  const run = { endedAt: end.at, uptimeMs: end.at - startedAt };
  return {
    ...process,
    lastExit,
    phase: stopped,
    failures: failuresAfter(app.restart, process, run),
    streak: streakAfter(app.restart, process, run),
  };
};

/** In words; see `LastExit`. */
export const exitReason = (process: Process, exit: ExitRecord): string => {
  const cause = endingCause(process);
  if (cause !== null) return cause;
  return exit.signal === 'SIGKILL' && exit.oomKills > 0 ? 'out of memory' : 'exited';
};

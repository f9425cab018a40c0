import { firstValueFrom, type SchedulerLike, timer } from 'rxjs';
import type { ProcessId } from '../domain/ids.js';
import type { OsProcess } from '../domain/os-process.js';
import type { Os } from '../platform/os.js';

/** Pause between two strokes. */
const STROKE_MS = 50;

/**
 * Who bears no mark and holds the lock of a slot all the same: something of a run inherited it and hides. Nobody, as
 * long as something that does bear a mark has it open too: what a launcher started is its own.
 */
const hiddenHolders = (process: ProcessId, os: Os): readonly OsProcess[] => {
  const { marks, daemons } = os.census();
  const holders = os.slotHolders(process).filter(({ pid }) => !daemons.has(pid));
  return holders.some(({ pid }) => marks.has(pid)) ? [] : holders;
};

/** Kills what hides in a slot until nothing does, and answers with what it was. */
export const killHidden = async (
  process: ProcessId,
  os: Os,
  scheduler: SchedulerLike,
): Promise<readonly OsProcess[]> => {
  const killed: OsProcess[] = [];
  for (;;) {
    const struck = hiddenHolders(process, os).filter(
      (each) => os.signal(each, 'SIGKILL') === 'sent',
    );
    if (struck.length === 0) return killed;
    killed.push(...struck);
    await firstValueFrom(timer(STROKE_MS, scheduler));
  }
};

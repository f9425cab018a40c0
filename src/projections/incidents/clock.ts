import type { RunRecord } from '../run-record.js';
import { spanned } from '../wording.js';
import { type Incident, incidentOf, type Past } from './incident.js';

/** USER_HZ: what start times in /proc/PID/stat are counted in on every Linux (proc(5)). */
const TICK_MS = 10;
const JUMP_MS = 2000;

type Start = NonNullable<RunRecord['started']>;

/** The time of day at which the ticks began, by what one run says of both. */
const bootAt = ({ startedAt, program }: Start): number => startedAt - program.startTicks * TICK_MS;

/**
 * Steps of the wall clock. Every run tells its start twice, by the time of day and in ticks since the boot: where
 * the two part between one run and the next, somebody set the clock.
 */
export const clockJumps = ({ history }: Past): Incident[] => {
  const all = [...history.runs]
    .flatMap(({ started }) => (started ? [started] : []))
    .sort((a, b) => a.seq - b.seq);
  return all.slice(1).flatMap((reading, index) => {
    const before = all[index] as Start;
    const jump = bootAt(reading) - bootAt(before);
    if (reading.epoch !== before.epoch || Math.abs(jump) < JUMP_MS) return [];
    return incidentOf([before, reading], {
      kind: 'clock-jump',
      severity: 'notice',
      processes: [],
      what: `the clock was set ${jump < 0 ? 'back' : 'forward'} by about ${spanned(jump)} between events ${before.seq} and ${reading.seq}`,
      advice:
        'times and spans around there are off, restart windows too: go by seqs, and see what sets the clock',
    });
  });
};

import type { ProcessInfo } from '../api/routes.js';
import { seqOf } from '../daemon/at.js';
import { stateAt } from '../daemon/snapshot.js';
import { type Seq, seq } from '../domain/ids.js';
import { appOf, type Process, type State, startedOf } from '../domain/state.js';
import { LogError } from '../log/errors.js';
import { openLogForReading } from '../log/open.js';
import { readEpoch } from '../platform/epoch.js';
import type { HomePaths } from '../platform/paths.js';
import { isSame } from '../platform/proc.js';
import { processTable, type Row } from '../projections/process-table.js';

/** The processes of a home, and the last event that they are the outcome of. */
export interface HomeTable {
  readonly seq: Seq;
  readonly infos: readonly ProcessInfo[];
}

/** The log says what was recorded last; whether the program is still alive, the kernel says. */
const asItIs = (row: Row, process: Process, sameEpoch: boolean): Row => {
  const program = startedOf(process)?.program;
  if (row.pid === null || (sameEpoch && program && isSame(program))) return row;
  const awaitsRestore = !sameEpoch && row.wanted === 'up';
  return {
    ...row,
    status: 'stopped',
    pid: null,
    startedAt: null,
    spawnKey: null,
    awaitsRestore,
  };
};

const infosOf = (state: State, judge: boolean, paths: HomePaths): ProcessInfo[] => {
  const sameEpoch = state.epoch === readEpoch(paths);
  return processTable(state).map((row) => {
    const process = state.processes.get(row.id) as Process;
    const shown = judge ? asItIs(row, process, sameEpoch) : row;
    return { row: shown, app: appOf(state, process), process };
  });
};

/** The table of a home that no daemon looks after. Empty when it has no log yet. */
export const readOffline = async (paths: HomePaths, at?: string): Promise<HomeTable> => {
  let log: Awaited<ReturnType<typeof openLogForReading>>;
  try {
    log = await openLogForReading(paths.log);
  } catch (error) {
    if (error instanceof LogError && error.code === 'LOG_MISSING' && at === undefined) {
      return { seq: seq(0), infos: [] };
    }
    throw error;
  }
  try {
    const until = at === undefined ? log.head().seq : await seqOf(log, at);
    return { seq: until, infos: infosOf(await stateAt(log, until), at === undefined, paths) };
  } finally {
    await log.close();
  }
};

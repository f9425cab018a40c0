import type { InputOf } from '../api/routes.js';
import type { Client } from '../client/client.js';
import type { Row } from '../projections/process-table.js';
import { ProgressLine } from './progress.js';

type Goal = Omit<InputOf<'GET /v1/outcome'>, 'processes'>;

/**
 * Somebody else's request has taken it up again since it had settled. What has no open run and is settled all the same
 * waits for its dependencies in vain.
 */
const isInMotion = ({ status, wanted, spawnKey }: Row): boolean =>
  wanted === 'up' && spawnKey !== null && (status === 'launching' || status === 'stopping');

/**
 * Waits until the processes of a request have settled, showing how far it is. A daemon that dies
 * meanwhile is started again: what it began, its successor goes on with.
 */
export const settle = async (
  client: Client,
  processes: readonly number[],
  goal: Goal,
): Promise<readonly Row[]> => {
  const line = new ProgressLine();
  const ids = new Set(processes);
  const query = { ...goal, processes: processes.join(',') };
  try {
    for (;;) {
      await client.persist(async () => {
        for await (const { settled, total } of client.follow('GET /v1/outcome', query)) {
          line.update(`${settled} of ${total} ${goal.goal}`);
        }
      });
      const all = await client.persist(() => client.demand('GET /v1/processes', {}));
      const rows = all.filter((row) => ids.has(row.id));
      if (goal.goal !== 'up' || !rows.some(isInMotion)) return rows;
    }
  } finally {
    line.clear();
  }
};

/** Whether a process is up, as far as somebody who asked for it cares: a program may also have done its work. */
export const isUp = (row: Row): boolean =>
  (row.status === 'online' && row.ready) ||
  row.scheduled ||
  (row.status === 'stopped' && row.lastExit?.code === 0);

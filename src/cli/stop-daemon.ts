import { setTimeout as pause } from 'node:timers/promises';
import type { DaemonInfo } from '../api/routes.js';
import type { Client } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import { readStat } from '../platform/proc.js';

const DEADLINE_MS = 10_000;
const LOOK_MS = 10;

/** Tells the daemon to stop and waits until its process has ended. */
export const stopDaemon = async (client: Client, info: DaemonInfo): Promise<void> => {
  const before = readStat(info.pid)?.startTicks;
  await client.ask('POST /v1/daemon/stop', {});
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const stat = readStat(info.pid);
    if (!stat || stat.startTicks !== before || stat.state === 'Z') return;
    if (Date.now() > deadline) {
      throw new ClientError(
        'DAEMON_STAYS',
        `daemon ${info.pid} did not stop`,
        `see ${client.paths.daemonLog}`,
      );
    }
    await pause(LOOK_MS);
  }
};

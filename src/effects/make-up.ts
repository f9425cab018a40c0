import { isPiped } from '../domain/log-files.js';
import type { LogFiles } from '../domain/os-process.js';
import { formatMark, SPAWN_KEY_VARIABLE } from '../platform/marker.js';
import type { Os } from '../platform/os.js';
import type { Effect } from './effect.js';
import type { LogReader } from './log-reader.js';
import { prepareSetup } from './process-setup.js';
import { programEnv } from './program-env.js';

/** What a program is given besides its command: its environment, and its user and limits as the launcher's options. */
interface MadeUp {
  readonly env: Readonly<Record<string, string>>;
  readonly setup: readonly string[];
  /** The pipes to the reader; null when it writes straight to its files. */
  readonly pipes: LogFiles | null;
}

interface Makers {
  readonly home: string;
  readonly os: Os;
  readonly reader: Pick<LogReader, 'attend'> | null;
}

/**
 * Makes a launch ready: log files of its own, the environment with its files read now, the user as known now.
 * Answers with an error when one of them cannot be had.
 */
export const makeUp = (
  { process, spawnKey, app, instance, firstRun }: Extract<Effect, { type: 'Launch' }>,
  files: LogFiles,
  { home, os, reader }: Makers,
): MadeUp | Error => {
  try {
    if (firstRun) for (const log of new Set([files.out, files.error])) os.setLogAside(log, process);
    const { options: setup } = prepareSetup(app.policies.setup);
    const variables = programEnv(app, { id: process, instance }, os.environment);
    const { liveness } = app.policies;
    // sd_watchdog_enabled(3): the program sends twice in this time.
    if (liveness?.probe.kind === 'notify')
      variables.WATCHDOG_USEC = String(liveness.intervalMs * 1000);
    const mark = { [SPAWN_KEY_VARIABLE]: formatMark({ home, key: spawnKey }) };
    // The mark comes first, where a launcher's bounded look finds it however long the rest is, and nothing covers it.
    const env = Object.assign({}, mark, variables, mark);
    const isRead = isPiped(app) && reader;
    return { env, setup, pipes: isRead ? reader.attend({ process, spawnKey, app, files }) : null };
  } catch (error) {
    return error as Error;
  }
};

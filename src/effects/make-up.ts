import { formatMark, SPAWN_KEY_VARIABLE } from '../platform/marker.js';
import type { Os } from '../platform/os.js';
import type { Effect } from './effect.js';
import type { LaunchFiles } from './launcher.js';
import { prepareSetup } from './process-setup.js';
import { programEnv } from './program-env.js';

/** What a program is given besides its command: its environment, and its user and limits as the launcher's options. */
interface MadeUp {
  readonly env: Readonly<Record<string, string>>;
  readonly setup: readonly string[];
}

/**
 * Makes a launch ready: log files of its own, the environment with its files read now, the user as known now.
 * Answers with an error when one of them cannot be had.
 */
export const makeUp = (
  { process, spawnKey, app, instance, firstRun }: Extract<Effect, { type: 'Launch' }>,
  logs: Pick<LaunchFiles, 'out' | 'error'>,
  home: string,
  os: Os,
): MadeUp | Error => {
  try {
    if (firstRun) for (const log of [logs.out, logs.error]) os.setLogAside(log);
    const { options: setup } = prepareSetup(app.policies.setup);
    const variables = programEnv(app, { id: process, instance }, os.environment);
    const mark = { [SPAWN_KEY_VARIABLE]: formatMark({ home, key: spawnKey }) };
    // The mark comes first, where a launcher's bounded look finds it however long the rest is, and nothing covers it.
    return { env: Object.assign({}, mark, variables, mark), setup };
  } catch (error) {
    return error as Error;
  }
};

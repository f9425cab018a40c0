import type { Stray } from '../api/routes.js';
import { spawnKey } from '../domain/ids.js';
import type { Report } from '../domain/report.js';
import { openRun, type State } from '../domain/state.js';
import { findMarked } from '../platform/marked.js';
import { argvOf } from '../platform/proc.js';
import { signalProcess } from '../platform/signals.js';

/** Living processes that carry this home's marker though no open run accounts for them. */
export const findStrays = (home: string, state: State): readonly Stray[] => {
  const open = new Set<string>();
  for (const process of state.processes.values()) {
    const run = openRun(process);
    if (run) open.add(run.key);
  }
  return [...findMarked(home)]
    .filter(([key]) => !open.has(key))
    .flatMap(([key, { programs }]) =>
      programs.map(({ pid, startTicks }) => {
        const command = (argvOf(pid) ?? []).join(' ');
        return { pid, startTicks, spawnKey: key, command };
      }),
    );
};

/** Kills the strays; answers with those that it killed. */
export const endStrays = (home: string, state: State): readonly Stray[] =>
  findStrays(home, state).filter((stray) => signalProcess(stray, 'SIGKILL') === 'sent');

/** What the log is told of strays that were killed. */
export const endedReport = (strays: readonly Stray[]): Report => ({
  type: 'StraysEnded',
  strays: strays.map(({ pid, startTicks, spawnKey: key }) => ({
    spawnKey: spawnKey(key),
    program: { pid, startTicks },
  })),
});

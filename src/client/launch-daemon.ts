import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fromSource, packageRoot } from '../platform/package-root.js';
import { type HomePaths, prepareHome } from '../platform/paths.js';
import { ClientError } from './client-error.js';

/** A log of a million events without a snapshot takes 10 s to replay, more on a busy machine. */
const DEADLINE_MS = 60_000;

interface Word {
  readonly ready?: boolean;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  };
}

/**
 * Room for young objects of 2 MB: by default it grows to 16, of which a daemon that mostly waits uses nothing. A code
 * cache is for the flags under which it was written.
 */
export const DAEMON_FLAGS = ['--max-semi-space-size=2'] as const;

/** What runs the daemon: the built entry, or from source the same through tsx. */
const daemonCommand = (): string[] => [
  ...DAEMON_FLAGS,
  ...(fromSource
    ? ['--import', 'tsx', join(packageRoot, 'src/daemon/entry.ts')]
    : [join(packageRoot, 'dist/daemon/entry.cjs')]),
];

/**
 * Starts a daemon for a home and waits for its first word. Resolves with true when it serves, with false when another
 * one was faster; rejects with what kept it from serving, DAEMON_KILLED when that was a signal.
 */
export const launchDaemon = (paths: HomePaths): Promise<boolean> => {
  prepareHome(paths);
  const log = openSync(paths.daemonLog, 'a', 0o600);
  const { OPM_SPAWN_KEY: _, ...env } = process.env;
  const child = spawn(process.execPath, daemonCommand(), {
    cwd: paths.home,
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    env: { ...env, OPM_HOME: paths.home, OPM_DAEMON: paths.home },
  });
  closeSync(log);
  const killedBy = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('exit', (_, signal) => resolve(signal));
  });
  return new Promise((resolve, reject) => {
    const words = child.stdio[3] as NodeJS.ReadableStream & {
      destroy(): void;
      unref?(): void;
    };
    let text = '';
    const settle = (act: () => void) => {
      clearTimeout(deadline);
      words.destroy();
      child.unref();
      act();
    };
    const fail = (code: string, message: string, hint: string) =>
      settle(() => reject(new ClientError(code, message, hint)));
    const deadline = setTimeout(
      () => fail('DAEMON_SILENT', 'the daemon did not answer in time', `see ${paths.daemonLog}`),
      DEADLINE_MS,
    );
    words.setEncoding('utf8');
    words.on('data', (chunk: string) => {
      text += chunk;
    });
    words.on('end', async () => {
      const word = (text === '' ? {} : JSON.parse(text)) as Word;
      if (word.ready || word.error?.code === 'LOG_LOCKED')
        return settle(() => resolve(word.ready === true));
      const { code, message, hint } = word.error ?? {
        // One that was killed is not to blame: another may serve.
        code: (await killedBy) === null ? 'DAEMON_FAILED' : 'DAEMON_KILLED',
        message: 'the daemon ended before it served',
        hint: `see ${paths.daemonLog}`,
      };
      fail(code, message, hint);
    });
    child.on('error', (error) => fail('DAEMON_FAILED', error.message, 'check the installation'));
  });
};

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { AskingProbe as Asking } from '../domain/policy.js';

/** What a probe's command runs in. */
export interface ProbeSettings {
  readonly timeoutMs: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whom it runs as; what is absent is as we are. Groups besides are given up with it. */
  readonly user?: { readonly uid?: number; readonly gid?: number };
}

/** Bytes of a command's error output that are kept to tell what was wrong. */
const KEPT_BYTES = 2048;

const tcp = (
  { host, port }: Extract<Asking, { kind: 'tcp' }>,
  timeoutMs: number,
): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (problem: string | null): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(timeoutMs, () => end(`${host}:${port} took longer than ${timeoutMs} ms`));
    socket.once('connect', () => end(null));
    socket.once('error', (error) => end(error.message));
  });

const isExpected = (code: number, status: readonly number[]): boolean =>
  status.length === 0 ? code >= 200 && code < 400 : status.includes(code);

const http = async (
  { url, status }: Extract<Asking, { kind: 'http' }>,
  timeoutMs: number,
): Promise<string | null> => {
  const { get } = await (url.startsWith('https:') ? import('node:https') : import('node:http'));
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = get(url, { agent: false, signal }, (response) => {
      const code = response.statusCode ?? 0;
      response.destroy();
      resolve(isExpected(code, status) ? null : `${url} answered ${code}`);
    });
    request.once('error', (error) =>
      resolve(signal.aborted ? `${url} took longer than ${timeoutMs} ms` : error.message),
    );
  });
};

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

const command = (
  line: string,
  { timeoutMs, cwd, env, user }: ProbeSettings,
): Promise<string | null> =>
  new Promise((resolve) => {
    // A group of its own, so that at its deadline it ends with all that it started.
    const child = spawn('/bin/sh', ['-c', line], {
      ...user,
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      // Not waited for yet, so its number is still its own.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutMs);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-KEPT_BYTES);
    });
    child.once('error', (error) => {
      clearTimeout(deadline);
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(deadline);
      child.stderr.destroy();
      if (code === 0) return resolve(null);
      if (late) return resolve(`the command took longer than ${timeoutMs} ms`);
      const words = lastLine(said);
      resolve(`the command ended with ${signal ?? `code ${code}`}${words ? `: ${words}` : ''}`);
    });
  });

/**
 * Asks a program once how it is: null when it is well, else what is wrong, in words. Never rejects. A process that
 * is asked through a command shares nothing with us but its error output, which we read.
 */
export const ask = (probe: Asking, settings: ProbeSettings): Promise<string | null> => {
  switch (probe.kind) {
    case 'tcp':
      return tcp(probe, settings.timeoutMs);
    case 'http':
      return http(probe, settings.timeoutMs);
    case 'command':
      return command(probe.command, settings);
  }
};

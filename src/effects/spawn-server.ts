import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { LauncherEnd, Spawner, SpawnSpec } from './spawn.js';

/** One request of the spawn server's protocol: a length, then texts that each end with NUL. */
export const encodeRequest = ({ tag, cwd, argv, env }: SpawnSpec): Buffer => {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const texts = [tag, cwd, String(argv.length), ...argv, String(variables.length), ...variables];
  const payload = Buffer.from(texts.map((text) => `${text}\0`).join(''));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.length);
  return Buffer.concat([length, payload]);
};

interface Server {
  send(request: Buffer): void;
}

/** So many requests go out in one write: each write wakes the server, which takes the processor from us. */
const REQUESTS_A_WRITE = 8;

/** Writes the first request of a turn of the event loop at once, and those behind it a few together. */
const together = (pipe: Writable): Server => {
  let inTurn = false;
  let held = 0;
  const flush = (): void => {
    if (held > 0) pipe.uncork();
    held = 0;
  };
  const endTurn = (): void => {
    inTurn = false;
    flush();
  };
  return {
    send: (request) => {
      if (!inTurn) {
        inTurn = true;
        process.nextTick(endTurn);
        pipe.write(request);
        return;
      }
      if (held === 0) pipe.cork();
      held += 1;
      pipe.write(request);
      if (held === REQUESTS_A_WRITE) flush();
    },
  };
};

/**
 * Starts launchers through a tiny server of ours, because forking a process as large as Node costs more
 * than the launch itself. The server ends when we do; what it started lives on. When it ends before us,
 * every launcher that we waited for counts as out of sight, and the kernel is asked about its run.
 */
export class SpawnServer implements Spawner {
  readonly #binary: string;
  readonly #waiting = new Map<string, (end: LauncherEnd) => void>();
  #server: Server | null = null;

  constructor(binary: string) {
    this.#binary = binary;
  }

  launch(spec: SpawnSpec): Promise<LauncherEnd> {
    return new Promise((resolve) => {
      this.#waiting.set(spec.tag, resolve);
      this.#server ??= this.#start();
      this.#server.send(encodeRequest(spec));
    });
  }

  #start(): Server {
    const child = spawn(this.#binary, [], {
      env: {},
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let rest = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#hear(line);
    });
    // A write to a server that has just ended: its end is told below.
    child.stdin.on('error', () => {});
    const ended = (problem: string): void => {
      this.#server = null;
      for (const tag of [...this.#waiting.keys()]) this.#settle(tag, { code: null, problem });
    };
    child.on('error', (error) => ended(error.message));
    child.on('close', () => ended('the spawn server ended'));
    return together(child.stdin);
  }

  /** `gone TAG PID CODE` (-1 for a signal) or `failed TAG REASON`. */
  #hear(line: string): void {
    const [word, tag = '', ...rest] = line.split(' ');
    const code = Number(rest[1]);
    const end =
      word === 'failed'
        ? { code: null, problem: rest.join(' ') }
        : { code: code < 0 ? null : code, problem: null };
    this.#settle(tag, end);
  }

  #settle(tag: string, end: LauncherEnd): void {
    const resolve = this.#waiting.get(tag);
    this.#waiting.delete(tag);
    resolve?.(end);
  }
}

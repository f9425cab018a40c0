import { execFileSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { isAlive, readStat } from '../src/platform/proc.js';

const DEADLINE_MS = 120_000;

/** A program's first sign of life. */
export interface Sign {
  readonly name: string;
  readonly pid: number;
  readonly startTicks: number;
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

/**
 * A named pipe that programs sign when they begin: their own word, not a manager's. Both ends are held open
 * here, so nobody ever waits for a reader.
 */
export class Signs {
  readonly path: string;
  readonly all: Sign[] = [];
  readonly #socket: Socket;
  #rest = '';
  #heard = (): void => {};

  constructor(folder: string) {
    this.path = join(folder, 'signs');
    execFileSync('mkfifo', [this.path]);
    const fd = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK);
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (chunk: string) => this.#read(chunk));
  }

  #read(chunk: string): void {
    const at = performance.now();
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const [name = '', pid] = line.split(' ');
      const startTicks = readStat(Number(pid))?.startTicks ?? -1;
      this.all.push({ name, pid: Number(pid), startTicks, at });
    }
    this.#heard();
  }

  /** When the last of so many signs (all there ever were) came. Rejects after two minutes. */
  async count(wanted: number, deadlineMs = DEADLINE_MS): Promise<number> {
    await this.until(() => this.all.length >= wanted, `${wanted} signs of life`, deadlineMs);
    return this.all[wanted - 1]!.at;
  }

  /** Resolves when the condition, asked at every sign, holds. */
  until(holds: () => boolean, what: string, deadlineMs = DEADLINE_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = () =>
        reject(new Error(`not within ${deadlineMs} ms: ${what}, ${this.all.length} so far`));
      const timer = setTimeout(late, deadlineMs);
      this.#heard = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#heard = () => {};
        resolve();
      };
      this.#heard();
    });
  }

  /** Copies that live now, by name. */
  living(): ReadonlyMap<string, readonly number[]> {
    const copies = new Map<string, number[]>();
    for (const { name, pid, startTicks } of this.all) {
      const stat = readStat(pid);
      if (!stat || stat.startTicks !== startTicks || !isAlive(stat)) continue;
      copies.set(name, [...(copies.get(name) ?? []), pid]);
    }
    return copies;
  }

  /** Pids of everybody who ever signed. */
  pids(): ReadonlySet<number> {
    return new Set(this.all.map(({ pid }) => pid));
  }

  close(): void {
    this.#socket.destroy();
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ProcStat } from '../src/platform/proc.js';
import { PLACES, putAway } from './attic.js';
import type { Bench } from './bench.js';
import type { Manager, Program, Session } from './managers/manager.js';
import {
  childrenOf,
  cpuMs,
  managerProcesses,
  ownCpuMs,
  removeCgroups,
  sweep,
} from './processes.js';
import { Signs } from './signs.js';

const GONE_MS = 30_000;

export const programFile = (name: string): string =>
  fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

/** A private folder with the pipe that its programs sign; `close` ends and removes everything in it. */
export class Place {
  readonly folder: string;
  readonly signs: Signs;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), PLACES));
    mkdirSync(join(this.folder, 'home'));
    this.signs = new Signs(this.folder);
  }

  /** Shells that sign and become `sleep`. */
  sleepers(count: number): readonly Program[] {
    const file = programFile('sleeper.sh');
    return Array.from({ length: count }, (_, i) => {
      const name = `app-${i}`;
      return { name, file, args: [name, this.signs.path], interpreter: null };
    });
  }

  /** Node programs that sign and stay. */
  nodePrograms(count: number): readonly Program[] {
    const file = programFile('sleeper.cjs');
    return Array.from({ length: count }, (_, i) => {
      const name = `app-${i}`;
      return { name, file, args: [name, this.signs.path], interpreter: process.execPath };
    });
  }

  async close(): Promise<void> {
    await sweep(this.folder);
    removeCgroups(join(this.folder, 'home'));
    this.signs.close();
    putAway(this.folder);
  }
}

/** A manager in a place of its own. */
export class Stage extends Place {
  readonly manager: Manager;
  readonly session: Session;
  /** How many programs `startSleepers` starts unless it is told otherwise. */
  readonly size: number;

  constructor(manager: Manager, size = 0) {
    super();
    this.manager = manager;
    this.size = size;
    this.session = manager.open(this.folder);
  }

  /** Starts so many sleepers and waits for their signs. */
  async startSleepers(count = this.size): Promise<void> {
    if (count === 0) return this.session.boot();
    await this.session.start(this.sleepers(count));
    await this.signs.count(count);
  }

  /** Waits until no program is alive. */
  async programsGone(): Promise<void> {
    const deadline = performance.now() + GONE_MS;
    while (this.signs.living().size > 0) {
      if (performance.now() > deadline) throw new Error(`programs do not end within ${GONE_MS} ms`);
      await pause(1);
    }
  }

  /** The manager itself, and everything of it beside the programs. */
  async processes(): Promise<{
    readonly main: readonly number[];
    readonly all: readonly number[];
  }> {
    const main = await this.session.roots();
    const all = managerProcesses(main, this.signs.pids()).map(({ pid }: ProcStat) => pid);
    return { main, all };
  }
}

/** The floor: a small Node program that starts programs and looks after none. */
export class Floor extends Place {
  readonly #child: ChildProcess;

  constructor() {
    super();
    const { PATH } = process.env;
    const options = { execArgv: [], cwd: this.folder, env: { PATH, HOME: this.folder } };
    this.#child = fork(programFile('spawn-loop.mjs'), options);
  }

  /** Ms from the word to start until the last of these has signed. All run the same file. */
  async start(programs: readonly Program[], stdout?: string): Promise<number> {
    const [{ file, interpreter }] = programs as [Program];
    const before = this.signs.all.length;
    const from = performance.now();
    this.#child.send({
      file: interpreter ?? file,
      argLists: programs.map(({ args }) => (interpreter === null ? args : [file, ...args])),
      stdout,
    });
    return (await this.signs.count(before + programs.length)) - from;
  }

  /** Processor time in ms of all programs that it started and that have ended. */
  async cpuOfEnded(): Promise<number> {
    const pid = this.#child.pid as number;
    const gone = () => this.signs.living().size === 0 && childrenOf(pid).length === 0;
    while (!gone()) await pause(1);
    return cpuMs([pid]) - ownCpuMs([pid]);
  }

  override async close(): Promise<void> {
    this.#child.kill();
    await super.close();
  }
}

/** Ms that some work took. */
export const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

/** opm in a place of its own, for rows about opm alone. */
export const opmAlone = ({ managers }: Bench): readonly Stage[] =>
  managers.filter(({ name }) => name === 'opm').map((manager) => new Stage(manager));

/** Closes all of these, however the work with them ended. */
export const withPlaces = async <P extends Place>(
  open: () => readonly P[],
  work: (places: readonly P[]) => Promise<void>,
): Promise<void> => {
  const places = open();
  try {
    await work(places);
  } finally {
    for (const place of places) await place.close();
  }
};

/** The same in another order each round, so that nobody always comes after the same one. */
export const rotated = <T>(items: readonly T[], round: number): readonly T[] => {
  const cut = round % Math.max(1, items.length);
  return [...items.slice(cut), ...items.slice(0, cut)];
};

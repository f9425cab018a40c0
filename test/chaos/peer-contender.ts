import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Manager, Program, Session } from '../../bench/managers/manager.js';
import { identityOf, readStat } from '../../src/platform/proc.js';
import { signalProcess } from '../../src/platform/signals.js';
import type { Dice } from '../simulation/chance.js';
import type { Contender, Round } from './contender.js';
import type { Programs } from './programs.js';

/** Its restore takes seconds; it is killed anywhere in the first of them. */
const INSTANT_MS = 2000;

/** Another process manager, driven through its command line; killed while it brings everything back. */
export class PeerContender implements Contender {
  readonly name: string;
  readonly struck = [];
  readonly #programs: Programs;
  readonly #dice: Dice;
  readonly #session: Session;

  constructor(manager: Manager, folder: string, programs: Programs, dice: Dice) {
    this.name = `${manager.name} ${manager.version}`;
    this.#programs = programs;
    this.#dice = dice;
    const home = join(folder, 'home');
    mkdirSync(home, { recursive: true });
    this.#session = manager.open(home);
  }

  async begin(): Promise<void> {
    if (!this.#session.restore) throw new Error(`${this.name} has nothing like a restore`);
    await this.#session.boot();
    await this.#session.start(this.#apps());
    await this.#session.restore.save();
  }

  async round(): Promise<Round> {
    const { restore } = this.#session;
    if (!restore) throw new Error('no restore');
    await restore.prepare();
    const survivors = this.#programs.sweep();
    const first = restore.run();
    await pause(this.#dice.below(INSTANT_MS));
    const pids = await this.#session.roots().catch(() => []);
    const living = pids.map(readStat).filter((stat) => stat !== null);
    const killed = living.filter((stat) => signalProcess(identityOf(stat), 'SIGKILL') === 'sent');
    const killedAt = performance.now();
    await first;
    // What its user does next: the same command once more.
    const { code } = await restore.run();
    const { duplicates, missing } = this.#programs.count();
    const round = {
      kills: killed.length > 0 ? 1 : 0,
      restores: 1,
      survivors,
      duplicates,
      missing,
      backMs: killed.length > 0 ? performance.now() - killedAt : null,
      askedAgain: 0,
      failed: code === 0 ? null : `its restore ended with ${code}`,
    };
    if (duplicates > 0 || missing > 0) await this.#startAnew();
    return round;
  }

  async end(): Promise<string | null> {
    await this.#session.restore?.prepare();
    this.#programs.sweep();
    return null;
  }

  /** Once it has lost count, every further round would be counted against it again. */
  async #startAnew(): Promise<void> {
    await this.#session.stopAll().catch(() => {});
    this.#programs.sweep();
    await this.#session.start(this.#apps());
    await this.#session.restore?.save();
  }

  #apps(): readonly Program[] {
    const { names, script } = this.#programs;
    return names.map((name) => {
      const args = this.#programs.argsOf(name);
      return { name, file: script, args, interpreter: null };
    });
  }
}

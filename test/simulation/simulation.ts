import * as keys from '../../src/log/keys.js';
import { Chance } from './chance.js';
import { Clients } from './client.js';
import { Disk, type DiskAccess } from './disk.js';
import { Judge, type Violation } from './judge.js';
import type { Proc } from './kernel.js';
import { Life } from './life.js';
import { Machine } from './machine.js';
import { checkRest, isAtRest } from './rest.js';
import type { Fault, Item, Scenario } from './scenario.js';
import { Story } from './story.js';

/** So long after the last item the troubles are over. */
const AFTERMATH_MS = 1500;
/** Longer than any timer that the clock's jumps can leave behind. */
const REST_LIMIT_MS = 3_600_000;
/** Time for three looks at adopted runs. */
const QUIET_MS = 6500;

export interface Result {
  readonly violation: Violation | null;
  readonly story: Story;
  readonly events: number;
}

/** Lets the daemon work off what it can do without time passing: every promise that is settled. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const BYSTANDER: DiskAccess = {
  write: async (_, apply) => apply(),
  read: async (look) => look(),
};

class Simulation {
  readonly machine: Machine;
  readonly story: Story;
  readonly judge = new Judge();
  readonly #scenario: Scenario;
  readonly #disk: Disk;
  readonly #clients: Clients;
  #life: Life | null = null;
  #lives = 0;

  constructor(scenario: Scenario, kept: boolean) {
    this.#scenario = scenario;
    this.story = new Story(kept);
    const chance = new Chance(scenario.seed);
    this.machine = new Machine({ chance, story: this.story, judge: this.judge });
    this.#disk = new Disk((changes) => this.judge.written(changes));
    this.#clients = new Clients({
      machine: this.machine,
      apps: scenario.apps,
      daemon: () => this.#daemon(),
    });
  }

  async run(): Promise<Result> {
    for (const item of this.#scenario.items)
      this.machine.agenda.kernel(item.at, () => this.#happen(item));
    const last = this.#scenario.items.at(-1)?.at ?? 0;
    await this.#until(last + AFTERMATH_MS, () => false);
    this.machine.calm = true;
    this.machine.tell('world', 'calms down');
    await this.#until(this.machine.agenda.now + QUIET_MS, () => false);
    await this.#rest();
    const restore = { verb: 'restore', label: null, atomic: false, concurrency: 0 } as const;
    this.#clients.ask({ at: 0, key: 'last', againMs: null, ask: restore });
    await this.#rest();
    await this.#until(this.machine.agenda.now + QUIET_MS, () => false);
    await this.#rest();
    const { state } = this.#daemon() ?? {};
    if (state && !this.judge.violation) {
      const log = this.#disk.open(BYSTANDER);
      await checkRest({ machine: this.machine, log, state });
    }
    const { violation } = this.judge;
    if (violation) this.machine.tell('judge', `${violation.rule}: ${violation.detail}`);
    return { violation, story: this.story, events: state?.seq ?? 0 };
  }

  /** Goes on until something is so, something is violated, or the time has come. */
  async #until(timeMs: number, isSo: () => boolean): Promise<void> {
    const { agenda } = this.machine;
    while (!this.judge.violation && !isSo()) {
      const whose = agenda.step(timeMs);
      if (whose === null) return;
      if (whose === 'daemon') await turn();
    }
  }

  async #rest(): Promise<void> {
    const isSo = (): boolean => {
      const life = this.#daemon();
      const state = life?.serving && life.state;
      return !this.#clients.isWaiting && !!state && isAtRest(state);
    };
    await this.#until(this.machine.agenda.now + REST_LIMIT_MS, isSo);
    if (this.judge.violation || isSo()) return;
    const phases = [...(this.#life?.state?.processes.values() ?? [])].map(
      ({ id, phase }) => `process ${id} is ${phase.is}`,
    );
    this.judge.violated('everything comes to rest', phases.join(', ') || 'no daemon serves');
  }

  /** The living daemon; when there is none, one begins. */
  #daemon(): Life | null {
    if (this.#life?.isAlive) return this.#life;
    this.#lives += 1;
    const number = this.#lives;
    const { machine } = this;
    const life = new Life({
      machine,
      disk: this.#disk,
      number,
      deathAt: this.#deathOf(number),
      ended: () => this.#lifeEnded(),
    });
    this.#life = life;
    life.hear(30, () => {
      life.boot().catch((error) => this.judge.violated('the daemon begins', String(error.stack)));
    });
    return life;
  }

  #lifeEnded(): void {
    this.#clients.disconnect();
    // Somebody needs it before long, even if nobody waits for an answer.
    this.machine.agenda.daemon(this.machine.chance.delay('next life', 200), () => this.#daemon());
  }

  #deathOf(life: number) {
    for (const item of this.#scenario.items)
      if ('fault' in item && item.fault.is === 'daemon killed at call' && item.fault.life === life)
        return item.fault;
    return null;
  }

  #happen(item: Item): void {
    if ('ask' in item) this.#clients.ask(item);
    else this.#strike(item.fault);
  }

  #strike(fault: Fault): void {
    if (fault.is !== 'daemon killed at call')
      this.machine.tell('world', JSON.stringify(fault).replaceAll('"', ''));
    switch (fault.is) {
      case 'daemon killed at call':
        return;
      case 'daemon killed':
        this.#life?.die('SIGKILL');
        return;
      case 'daemon stopped': {
        const life = this.#life;
        life?.hear(0, () => void life.stop());
        return;
      }
      case 'daemon stalled':
        this.machine.agenda.stall(fault.ms);
        return;
      case 'launcher killed':
      case 'program killed':
        this.#killNth(fault.is === 'launcher killed' ? 'launcher' : 'program', fault.nth);
        return;
      case 'spawn server killed':
        this.#life?.spawner.die();
        return;
      case 'launchers late':
        this.machine.delayLaunches(fault.ms);
        return;
      case 'clock set':
        this.machine.jumpClock(fault.byMs);
        return;
      case 'new epoch':
        this.#newEpoch();
        return;
      case 'power lost':
        this.#losePower(fault.share);
        return;
    }
  }

  #killNth(role: Proc['role'], nth: number): void {
    const { kernel } = this.machine;
    const found = [...kernel.procs].filter((proc) => proc.role === role);
    const target = found[nth % found.length];
    if (!target) return;
    this.machine.tell('world', `kills pid ${target.pid}, the ${role} of ${target.run?.key}`);
    kernel.end(target, { signal: 'SIGKILL' });
    if (role === 'launcher') this.#life?.spawner.launcherKilled(target);
  }

  #newEpoch(): void {
    this.#life?.die('the machine went down');
    this.machine.newEpoch();
  }

  #losePower(share: number): void {
    this.#newEpoch();
    const lost = this.#disk.losePower(share);
    this.machine.tell('world', `${lost} batches that were not synced are lost`);
    for (const { key } of this.#clients.acknowledged)
      if (this.#disk.get(keys.requestRecordKey(key)) === undefined)
        this.judge.violated('an acknowledged request is never lost', `${key} is not in the log`);
  }
}

/** Plays a scenario. The same one always goes the same way; `kept` says whether its story is wanted. */
export const simulate = (scenario: Scenario, kept = false): Promise<Result> =>
  new Simulation(scenario, kept).run();

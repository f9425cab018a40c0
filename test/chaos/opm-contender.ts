import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FAILPOINTS } from '../../src/daemon/failpoints.js';
import { DAEMON_VARIABLE } from '../../src/platform/marker.js';
import { packageRoot } from '../../src/platform/package-root.js';
import { environOf, environValue, identityOf, isAlive, scan } from '../../src/platform/proc.js';
import { signalProcess } from '../../src/platform/signals.js';
import type { Dice } from '../simulation/chance.js';
import type { Contender, Round } from './contender.js';
import type { Programs } from './programs.js';

const BIN = join(packageRoot, 'bin/run.js');
const ENTRY = join(packageRoot, 'dist/daemon/entry.cjs');
const CALL_LIMIT_MS = 120_000;
/** A daemon begins and restores 50 programs in about that time. */
const INSTANT_MS = 1200;
/** Now and then one gets more time, to reach its failpoint. */
const PATIENCE_MS = 2500;
/** Pause between two looks whether somebody has to start a daemon that may live. */
const RELIEF_MS = 300;
/** How often a daemon is killed at most while one command runs, and how long: clients give up after 30 s. */
const MAX_KILLS = 12;
const BESET_MS = 15_000;

interface Called {
  readonly ok: boolean;
  readonly text: string;
}

/** opm, killed at failpoints and at random instants while it ends and restores its programs. */
export class OpmContender implements Contender {
  readonly name = 'opm';
  readonly #home: string;
  readonly #programs: Programs;
  readonly #dice: Dice;
  readonly #struck = new Set<string>();

  constructor(folder: string, programs: Programs, dice: Dice) {
    this.#home = join(folder, 'home');
    mkdirSync(this.#home, { recursive: true });
    this.#programs = programs;
    this.#dice = dice;
  }

  /** Failpoints at which a daemon has died so far. */
  get struck(): readonly string[] {
    return [...this.#struck].sort();
  }

  async begin(): Promise<void> {
    const { names, script } = this.#programs;
    const apps = names.map((name) => ({
      name,
      script,
      args: this.#programs.argsOf(name),
      interpreter: 'none',
      kill_timeout: 300,
    }));
    const file = join(this.#programs.folder, 'apps.json');
    writeFileSync(file, JSON.stringify({ apps }));
    const { ok, text } = await this.#opm(['start', file]);
    if (!ok) throw new Error(`the programs cannot be started: ${text}`);
  }

  /** Takes everything down and brings it up again; daemons die on both ways, and others take over. */
  async round(): Promise<Round> {
    const before = this.#failpointsStruck().length;
    const down = await this.#beset(['kill'], this.#dice.below(3), ['stop', 'recover']);
    const isDown = down.ok || (await this.#opm(['kill'])).ok;
    const survivors = this.#programs.count().living;
    const verb = this.#dice.happens(0.8) ? ['restore'] : ['start', 'all'];
    const protocols = ['restore', 'restore', 'recover', 'start'];
    const up = await this.#beset(verb, 1 + this.#dice.below(MAX_KILLS), protocols);
    const isUp = up.ok || (await this.#opm(verb)).ok;
    const struck = this.#failpointsStruck().slice(before);
    for (const name of struck) this.#struck.add(name);
    const count = this.#programs.count();
    return {
      kills: down.kills + up.kills + struck.length,
      restores: verb[0] === 'restore' ? 1 : 0,
      survivors,
      duplicates: up.duplicates + count.duplicates,
      missing: count.missing,
      backMs: up.killedAt === null ? null : performance.now() - up.killedAt,
      askedAgain: [down, up].filter(({ ok }) => !ok).length,
      failed: isDown && isUp ? null : `opm kill: ${down.text}\nopm ${verb.join(' ')}: ${up.text}`,
    };
  }

  /** Runs a command while daemons come and go: one dies at a failpoint or at a random instant, another begins. */
  async #beset(args: readonly string[], most: number, protocols: readonly string[]) {
    let isOver = false;
    const begun = performance.now();
    // The daemons that the command launches die there as well.
    const command = this.#opm(args, this.#pick(protocols)).finally(() => {
      isOver = true;
    });
    let [kills, duplicates] = [0, 0];
    let killedAt: number | null = null;
    while (!isOver && kills < most && performance.now() - begun < BESET_MS) {
      if (!this.#findDaemon()) this.#launch(this.#pick(protocols));
      const isPatient = this.#dice.happens(0.3);
      const waitMs = isPatient ? PATIENCE_MS : this.#dice.below(INSTANT_MS);
      await Promise.race([this.#death(waitMs), command]);
      const daemon = this.#findDaemon();
      if (isOver || !daemon || signalProcess(daemon, 'SIGKILL') !== 'sent') continue;
      killedAt = performance.now();
      kills += 1;
      duplicates += this.#programs.count().duplicates;
    }
    while (!isOver) {
      if (!this.#findDaemon()) this.#launch(null);
      await Promise.race([pause(RELIEF_MS), command]);
    }
    return { ...(await command), kills, duplicates, killedAt };
  }

  async end(): Promise<string | null> {
    const audit = await this.#opm(['history', 'audit']);
    await this.#opm(['kill']);
    // One that was launched beside another and waited for the log.
    for (let left = this.#findDaemon(); left; left = this.#findDaemon()) {
      signalProcess(left, 'SIGKILL');
      await pause(10);
    }
    return audit.ok ? null : audit.text;
  }

  /** Waits until a daemon that was there is gone, or the time is over. */
  async #death(limitMs: number): Promise<void> {
    const begun = performance.now();
    for (let wasThere = false; performance.now() - begun < limitMs; await pause(20)) {
      const isThere = this.#findDaemon() !== null;
      if (wasThere && !isThere) return;
      wasThere ||= isThere;
    }
  }

  /** A failpoint of one of these protocols, or none. */
  #pick(protocols: readonly string[]): string | null {
    const protocol = this.#dice.pick(protocols);
    if (this.#dice.happens(0.2)) return null;
    const name = this.#dice.pick(FAILPOINTS.filter((each) => each.startsWith(protocol)));
    const pass = this.#dice.happens(0.5) ? 1 : 1 + this.#dice.below(this.#programs.names.length);
    return `${name}:${pass}`;
  }

  /** A daemon of the home, as the command line launches one, that will die at a failpoint. */
  #launch(failpoint: string | null): void {
    const log = openSync(join(this.#home, 'daemon.log'), 'a', 0o600);
    const env = { ...this.#env(), [DAEMON_VARIABLE]: this.#home };
    const child = spawn(process.execPath, [ENTRY], {
      cwd: this.#home,
      detached: true,
      stdio: ['ignore', log, log, 'ignore'],
      env: failpoint === null ? env : { ...env, OPM_FAILPOINT: failpoint },
    });
    child.unref();
    closeSync(log);
  }

  #findDaemon() {
    for (const stat of scan().values()) {
      if (!isAlive(stat) || !stat.comm.startsWith('node')) continue;
      const environ = environOf(stat.pid);
      if (environ && environValue(environ, DAEMON_VARIABLE) === this.#home) return identityOf(stat);
    }
    return null;
  }

  /** Names of the failpoints that daemons died at, in order. */
  #failpointsStruck(): string[] {
    try {
      const text = readFileSync(join(this.#home, 'daemon.log'), 'utf8');
      return [...text.matchAll(/^failpoint ([a-z]+-\d+)/gm)].map(([, name]) => name ?? '');
    } catch {
      return [];
    }
  }

  #env(): NodeJS.ProcessEnv {
    const { OPM_SPAWN_KEY: _, OPM_FAILPOINT: __, ...env } = process.env;
    return { ...env, NO_COLOR: '1', OPM_HOME: this.#home };
  }

  #opm(args: readonly string[], failpoint: string | null = null): Promise<Called> {
    const env = { ...this.#env(), ...(failpoint ? { OPM_FAILPOINT: failpoint } : {}) };
    const options = { env, cwd: this.#home, timeout: CALL_LIMIT_MS };
    return new Promise((resolve) => {
      execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) => {
        resolve({ ok: error === null, text: `${stdout}${stderr}` });
      });
    });
  }
}
